import fc from 'fast-check'
import { expect, test } from 'vitest'
import { headOf, makeMedia } from '#tests/support/media.ts'
import { Demuxer, sniff } from './sniff.ts'

const bytes = (...parts: (string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))

const picture = ['-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=25:duration=0.5']
const sound = ['-f', 'lavfi', '-i', 'sine=duration=0.5']

test.each([
  ['a.mp4', 'mov', [...picture, '-c:v', 'mpeg4']],
  ['a.mov', 'mov', [...picture, '-c:v', 'mpeg4']],
  ['a.3gp', 'mov', [...picture, '-c:v', 'mpeg4']],
  ['fragments.mp4', 'mov', [...picture, '-c:v', 'mpeg4', '-movflags', 'frag_keyframe+empty_moov']],
  ['a.mkv', 'matroska', [...picture, '-c:v', 'mpeg4']],
  ['a.webm', 'matroska', [...picture, '-c:v', 'libvpx', '-deadline', 'realtime']],
  ['a.ts', 'mpegts', [...picture, '-c:v', 'mpeg2video']],
  ['a.m2ts', 'mpegts', [...picture, '-c:v', 'mpeg2video']],
  ['a.mpg', 'mpeg', [...picture, '-c:v', 'mpeg2video', '-f', 'vob']],
  ['a.avi', 'avi', [...picture, '-c:v', 'mpeg4']],
  ['a.flv', 'flv', [...picture, '-c:v', 'flv']],
  ['a.wmv', 'asf', [...picture, '-c:v', 'wmv2']],
  ['a.mxf', 'mxf', [...picture, '-c:v', 'mpeg2video']],
  ['a.ogg', 'ogg', [...sound, '-c:a', 'libvorbis']],
  ['a.flac', 'flac', sound],
  ['a.wav', 'wav', sound],
  ['a.mp3', 'mp3', sound],
  ['untagged.mp3', 'mp3', [...sound, '-write_xing', '0', '-id3v2_version', '0']],
  ['a.aac', 'aac', [...sound, '-c:a', 'aac', '-f', 'adts']],
] as const)('%s is read by the demuxer %s', async (name, demuxer, args) => {
  expect(sniff(headOf(await makeMedia(`sniff-${name}`, args)))).toEqual({ kind: 'media', demuxer })
})

test.each([
  ['still.png', ['-c:v', 'png']],
  ['still.jpg', []],
  ['still.gif', []],
  ['still.webp', []],
] as const)('%s is a still image', async (name, codec) => {
  expect(sniff(headOf(await makeMedia(`sniff-${name}`, [...picture, '-frames:v', '1', ...codec])))).toEqual({
    kind: 'still',
  })
})

test.each([
  ['a HEIF picture', bytes([0, 0, 0, 24], 'ftypheic', [0, 0, 0, 0], 'mif1heic')],
  ['an AVIF picture', bytes([0, 0, 0, 24], 'ftypavif', [0, 0, 0, 0], 'mif1avif')],
])('%s is a still image and no film', (_, head) => {
  expect(sniff(head)).toEqual({ kind: 'still' })
})

test.each([
  ['a playlist', '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n'],
  ['a concat script', "ffconcat version 1.0\nfile 'secret.mp4'\n"],
  [
    'an MPD',
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><BaseURL>http://127.0.0.1/</BaseURL></MPD>',
  ],
  ['an SDP', 'v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=video 5004 RTP/AVP 96\n'],
  ['a subfile address', 'subfile,,start,0,end,100,,:/etc/passwd'],
  ['a data address', 'data:video/mp4;base64,AAAA'],
  ['an SVG', '<svg xmlns="http://www.w3.org/2000/svg"><image xlink:href="file:///etc/passwd"/></svg>'],
  ['a terminal film', '\u001b[2J\u001b[1;1HHello'],
  ['plain text', 'Once upon a time there was a file that said it was a video.\n'.repeat(80)],
  ['a zip', 'PK\u0003\u0004rest'],
  ['an EBML file of another kind', bytes([0x1a, 0x45, 0xdf, 0xa3, 0x8b, 0x42, 0x82, 0x84], 'evil')],
  ['a RIFF of another kind', 'RIFF\u0000\u0000\u0000\u0000ACON'],
  ['a box that no film begins with', bytes([0, 0, 0, 16], 'evil', [0, 0, 0, 0, 0, 0, 0, 8], 'moov')],
  ['a first box with nonsense behind it', bytes([0, 0, 0, 16], 'free', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9], 'evil')],
  ['a single sync byte', bytes([0x47], 'x'.repeat(1000))],
  ['nothing', ''],
  ['zeros', bytes(Array.from({ length: 4096 }, () => 0))],
])('%s is nothing that we read', (_, head) => {
  expect(sniff(typeof head === 'string' ? Buffer.from(head) : head)).toBeNull()
})

test('whatever the bytes are, the answer is a kind that we know or null', () => {
  const start = fc.constantFrom(
    '',
    'ID3',
    'RIFF',
    '\u00ff\u00fb',
    '\u00ff\u00f1',
    '\u001a\u0045\u00df\u00a3',
    '\u0000\u0000\u0000\u0008ftyp',
  )
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 600 }), (prefix, rest) => {
      const found = sniff(bytes(prefix, [...rest]))
      if (found?.kind === 'media') expect(Demuxer).toContain(found.demuxer)
    }),
  )
})
