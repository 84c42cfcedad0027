import { inputArgs } from '#platform/media/ffmpeg.ts'
import { fieldFilters, scaleFilters, toneFilters } from '#platform/media/picture.ts'
import type { MediaProbe } from '#platform/media/probe.ts'
import { usesKeyFrames } from './storyboard.ts'
import type { StoryboardPlan } from './storyboard.ts'

/** What an image's command is made of. Paths are absolute and named by us. */
export interface ImageCommand {
  readonly sourcePath: string
  readonly probe: MediaProbe
  readonly outPath: string
  /** This FFmpeg has `zscale` and `tonemap`. */
  readonly canToneMap: boolean
}

/** JPEG quality on FFmpeg's scale from 2 (best) to 31. */
const POSTER_QUALITY = '3'
const SPRITE_QUALITY = '5'

const JPEG_ARGS = ['-an', '-sn', '-dn', '-map_metadata', '-1', '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p']

/** Scales, maps HDR and stretches to the full range that JPEG has. */
function imageFilters(probe: MediaProbe, width: number, height: number, canToneMap: boolean): string[] {
  const { video } = probe
  const isToneMapped = video.hdr !== null && canToneMap
  return [
    ...toneFilters(video, width, height, canToneMap),
    ...scaleFilters(video, width, height, isToneMapped),
    // JFIF means BT.601 in full range, whatever was before.
    'scale=in_color_matrix=bt709:out_color_matrix=bt601:in_range=tv:out_range=pc',
    'format=yuvj420p',
  ]
}

/** How much of the video, from a tenth of its length on, is looked at for a poster. */
const POSTER_STRETCH_SECONDS = 60
const POSTER_CANDIDATES = 24

/**
 * The arguments that make a poster of `width` × `height`: of some key frames the one nearest to their common histogram,
 * which is seldom a black one. `fromStart` looks from the first frame on and at every frame, for videos so short that
 * there is nothing else.
 */
export function posterArgs(
  command: ImageCommand,
  size: { width: number; height: number },
  fromStart: boolean,
): string[] {
  const { probe } = command
  const seekSeconds = fromStart ? 0 : probe.durationMs / 10_000
  return [
    ...inputArgs({ path: command.sourcePath, demuxer: probe.demuxer }, [
      ...(fromStart ? [] : ['-skip_frame', 'nokey']),
      ...(seekSeconds > 0 ? ['-ss', seekSeconds.toFixed(3)] : []),
      ...['-t', String(POSTER_STRETCH_SECONDS)],
    ]),
    ...['-map', `0:${probe.video.index}`, '-vf'],
    [
      ...fieldFilters(probe.video),
      `thumbnail=n=${POSTER_CANDIDATES}`,
      ...imageFilters(probe, size.width, size.height, command.canToneMap),
    ].join(','),
    ...[
      '-frames:v',
      '1',
      ...JPEG_ARGS,
      '-q:v',
      POSTER_QUALITY,
      '-f',
      'image2',
      '-update',
      '1',
      `file:${command.outPath}`,
    ],
  ]
}

/** The arguments that make a storyboard's sprite; tile `n` shows the picture at its time, or the key frame before it. */
export function storyboardArgs(command: ImageCommand, plan: StoryboardPlan): string[] {
  const { probe } = command
  const { video } = probe
  const keyFramesOnly = usesKeyFrames(probe, plan.intervalMs)
  const start = (video.startTicks * video.timeBase.num) / video.timeBase.den
  return [
    ...inputArgs({ path: command.sourcePath, demuxer: probe.demuxer }, [
      ...(keyFramesOnly ? ['-skip_frame', 'nokey'] : []),
      '-copyts',
    ]),
    ...['-map', `0:${video.index}`, '-vf'],
    [
      ...(keyFramesOnly ? [] : fieldFilters(video)),
      // Rounded up: a tile shows no picture of later than its time.
      `fps=fps=1000/${plan.intervalMs}:start_time=${start.toFixed(6)}:round=up`,
      // The last key frame may lie far before the end: it stays until the last tile.
      `tpad=stop_mode=clone:stop=${plan.tiles.length}`,
      `trim=end_frame=${plan.tiles.length}`,
      'setpts=N',
      ...imageFilters(probe, plan.tileWidth, plan.tileHeight, command.canToneMap),
      `tile=${plan.columns}x${plan.rows}:nb_frames=${plan.tiles.length}`,
    ].join(','),
    ...[
      '-frames:v',
      '1',
      ...JPEG_ARGS,
      '-q:v',
      SPRITE_QUALITY,
      '-f',
      'image2',
      '-update',
      '1',
      `file:${command.outPath}`,
    ],
  ]
}
