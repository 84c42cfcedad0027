/**
 * The decoders that a file from outside may reach, by FFmpeg's names (several for one codec where builds differ).
 * Not among them: subtitles, data, screen codecs with an interpreter inside, and whatever few people ever send.
 */
const VIDEO_DECODERS = [
  ...['h264', 'hevc', 'vp8', 'libvpx', 'vp9', 'libvpx-vp9', 'av1', 'libdav1d', 'libaom-av1'],
  ...[
    'mpeg1video',
    'mpeg2video',
    'mpegvideo',
    'mpeg4',
    'h261',
    'h263',
    'h263i',
    'flv',
    'vp6',
    'vp6f',
    'vp6a',
    'theora',
  ],
  ...['msmpeg4v1', 'msmpeg4', 'wmv1', 'wmv2', 'wmv3', 'vc1', 'rv30', 'rv40', 'svq1', 'svq3', 'cinepak', 'indeo5'],
  ...['mjpeg', 'mjpegb', 'prores', 'dnxhd', 'dvvideo', 'cfhd', 'ffv1', 'huffyuv', 'ffvhuff', 'utvideo', 'magicyuv'],
  ...['rawvideo', 'v210', 'v410', 'qtrle', 'rpza', 'png'],
]

const AUDIO_DECODERS = [
  ...['aac', 'aac_latm', 'mp3', 'mp3float', 'mp2', 'mp2float', 'mp1', 'mp1float', 'ac3', 'eac3', 'dca', 'truehd'],
  ...[
    'opus',
    'libopus',
    'vorbis',
    'libvorbis',
    'flac',
    'alac',
    'ape',
    'wavpack',
    'tta',
    'speex',
    'libspeex',
    'nellymoser',
  ],
  ...['wmav1', 'wmav2', 'wmapro', 'wmalossless', 'amrnb', 'amrwb', 'libopencore_amrnb', 'libopencore_amrwb', 'qdm2'],
  ...['pcm_s8', 'pcm_u8', 'pcm_s16le', 'pcm_s16be', 'pcm_u16le', 'pcm_s24le', 'pcm_s24be', 'pcm_s32le', 'pcm_s32be'],
  ...['pcm_f32le', 'pcm_f32be', 'pcm_f64le', 'pcm_f64be', 'pcm_alaw', 'pcm_mulaw', 'pcm_bluray', 'pcm_dvd'],
  ...['adpcm_ms', 'adpcm_ima_wav', 'adpcm_ima_qt', 'adpcm_swf', 'adpcm_yamaha', 'gsm', 'gsm_ms'],
]

/** The value of `-codec_whitelist`. */
export const DECODERS = [...VIDEO_DECODERS, ...AUDIO_DECODERS].join(',')
