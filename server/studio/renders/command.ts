/** What a film is joined from; all paths are ours. */
export interface FilmCommand {
  readonly listPath: string
  readonly soundPath: string
  readonly outPath: string
}

/** The list that FFmpeg's concat demuxer reads. Paths are ours, and quoted all the same. */
export function clipList(paths: readonly string[]): string {
  const lines = paths.map((path) => `file '${path.replaceAll("'", String.raw`'\''`)}'`)
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
    // At this rate the quick search for quantisers is as good as the thorough one, in half the time.
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
