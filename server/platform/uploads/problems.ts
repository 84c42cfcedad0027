import { problem } from '#kernel/errors.ts'

export const TUS_VERSION = '1.0.0'

export const UnsupportedTusVersion = problem(
  'uploads/unsupported-tus-version',
  412,
  'This version of the tus protocol is not spoken here',
)
export const MethodOverrideRefused = problem(
  'uploads/method-override-refused',
  400,
  'The method of a request cannot be overridden',
)
export const BadUploadHeader = problem('uploads/bad-header', 400, 'A header of the upload is missing or malformed')
export const BadUploadMetadata = problem('uploads/bad-metadata', 400, 'The Upload-Metadata header cannot be read')
export const UnknownPurpose = problem('uploads/unknown-purpose', 400, 'Nothing takes uploads of this purpose')
export const BadConcatenation = problem('uploads/bad-concatenation', 400, 'These parts cannot be put together')
export const UnsupportedChecksum = problem(
  'uploads/unsupported-checksum',
  400,
  'This checksum algorithm is not known here',
)
export const ConcatenatedUpload = problem('uploads/concatenated', 403, 'A final upload takes no bytes of its own')
export const UploadNotFound = problem('uploads/not-found', 404, 'There is no such upload')
export const UploadTimeout = problem('uploads/timeout', 408, 'The bytes of the upload came too slowly')
export const WrongOffset = problem('uploads/wrong-offset', 409, 'The upload stands at another offset')
export const UploadComplete = problem('uploads/complete', 409, 'The upload is complete')
export const UploadGone = problem('uploads/gone', 410, 'The upload has expired')
export const UploadTooLarge = problem('uploads/too-large', 413, 'The upload is larger than it may be')
export const WrongContentType = problem(
  'uploads/wrong-content-type',
  415,
  'The body of an upload is application/offset+octet-stream',
)
export const UnsupportedFileType = problem(
  'uploads/unsupported-file-type',
  415,
  'This purpose does not take files of this type',
)
export const UploadLocked = problem('uploads/locked', 423, 'Another request writes to this upload')
export const ChecksumMismatch = problem('uploads/checksum-mismatch', 460, 'The bytes do not match their checksum')
