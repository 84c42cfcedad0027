import type { VideoStream } from './probe.ts'

/** What the picture filters have to do for a source; `canToneMap` when this FFmpeg has `zscale` and `tonemap`. */
export type PictureFacts = Pick<
  VideoStream,
  'interlaced' | 'hdr' | 'colorMatrix' | 'colorPrimaries' | 'displayWidth' | 'displayHeight'
>

/** Tags every frame as BT.709 in limited range: what it is after `toneFilters` and `scaleFilters`. */
const TAGS = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709'

/** Fields to frames, one for each two fields. Before anything that picks or scales frames. */
export function fieldFilters(picture: PictureFacts): string[] {
  return picture.interlaced ? ['bwdif=mode=send_frame:parity=auto:deint=all'] : []
}

/**
 * HDR to SDR at `width` × `height`, once for all rungs. PQ and HLG go through linear light to BT.709 with the Hable
 * curve. Without zimg in this FFmpeg the samples keep their curve and are only moved to the BT.709 matrix: watchable,
 * but flat.
 */
export function toneFilters(picture: PictureFacts, width: number, height: number, canToneMap: boolean): string[] {
  if (picture.hdr === null || !canToneMap) return []
  const transfer = picture.hdr === 'pq' ? 'smpte2084' : 'arib-std-b67'
  const assumed = [
    ...(picture.colorMatrix === null ? ['min=bt2020nc'] : []),
    ...(picture.colorPrimaries === null ? ['pin=bt2020'] : []),
  ]
  return [
    ['zscale=w=', width, ':h=', height, ':', [`tin=${transfer}`, ...assumed, 't=linear', 'npl=100'].join(':')].join(''),
    'format=gbrpf32le',
    'zscale=p=bt709',
    'tonemap=tonemap=hable:desat=0',
    'zscale=t=bt709:m=bt709:r=tv',
    'format=yuv420p',
    TAGS,
  ]
}

/**
 * Scales to `width` × `height` square pixels of 8-bit 4:2:0 in BT.709, limited range. A source that does not name its
 * matrix is taken for BT.601 below 720 lines and for BT.709 from there on, as players do.
 */
export function scaleFilters(picture: PictureFacts, width: number, height: number, isToneMapped: boolean): string[] {
  const isSmall = Math.min(picture.displayWidth, picture.displayHeight) < 720
  const matrix = picture.colorMatrix !== null || isToneMapped ? 'auto' : isSmall ? 'bt601' : 'bt709'
  return [
    `scale=${width}:${height}:in_color_matrix=${matrix}:out_color_matrix=bt709:out_range=tv`,
    'setsar=1',
    'format=yuv420p',
    TAGS,
  ]
}

/** Scales what `scaleFilters` has made further down. */
export function shrinkFilters(width: number, height: number): string[] {
  return [`scale=${width}:${height}:in_color_matrix=bt709:out_color_matrix=bt709`, 'setsar=1', 'format=yuv420p', TAGS]
}
