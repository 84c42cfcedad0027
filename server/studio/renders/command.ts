import { FRAMES_PER_SECOND } from '../direction/mood.ts'

/** What a film is joined from; all paths are ours. */
export interface FilmCommand {
  readonly listPath: string
  readonly soundPath: string
  readonly outPath: string
}

/**
 * The list that FFmpeg's concat demuxer reads. Paths are ours, and quoted all the same. How long each clip is, is said: its
 * container knows that by the millisecond only, and the frames behind it would be late.
 */
export function clipList(clips: readonly { readonly path: string; readonly frames: number }[]): string {
  const lines = clips.flatMap(({ path, frames }) => [
    `file '${path.replaceAll("'", String.raw`'\''`)}'`,
    `duration ${(frames / FRAMES_PER_SECOND).toFixed(6)}`,
  ])
  return ['ffconcat version 1.0', ...lines, ''].join('\n')
}

/** The arguments that join clips and sound: the pictures as they are, the sound as AAC. */
export function filmArgs({ listPath, soundPath, outPath }: FilmCommand): string[] {
  return [
    ...[
      '-protocol_whitelist',
      'file',
      '-f',
      'concat',
      '-safe',
      '0',
      '-i',
      `file:${listPath}`,
      '-i',
      `file:${soundPath}`,
    ],
    ...['-map', '0:v', '-map', '1:a', '-c:v', 'copy', '-video_track_timescale', '15360'],
    // The quick search for quantisers: 0.8 s instead of 1.4 for half a minute, at a rate that leaves it room.
    ...[
      '-c:a',
      'aac',
      '-aac_coder',
      'fast',
      '-b:a',
      '192k',
      '-ar',
      '48000',
      '-ac',
      '2',
      '-map_metadata',
      '-1',
      '-movflags',
      '+faststart',
    ],
    ...['-f', 'mp4', `file:${outPath}`],
  ]
}
