/** Why a file could not become a video, in the words of the API's `failure.code`. */
export const MediaFailureCode = [
  'unsupported_media',
  'corrupt_media',
  'too_long',
  'too_many_pixels',
  'no_streams',
  'encoding_failed',
  'storage_full',
] as const
export type MediaFailureCode = (typeof MediaFailureCode)[number]

/**
 * An expected end of media work. `message` may be shown to whoever uploaded the file: it says nothing of paths,
 * programs or other files. `log` is the program's own last words, for the log only.
 */
export class MediaFailure extends Error {
  readonly code: MediaFailureCode
  readonly log: string | null

  constructor(code: MediaFailureCode, detail: string, log: string | null = null) {
    super(detail)
    this.name = 'MediaFailure'
    this.code = code
    this.log = log
  }
}
