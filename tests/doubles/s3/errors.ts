/** An error as S3 tells it: a code of its own beside the HTTP status. */
export class S3Error extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, status: number, message: string) {
    super(message)
    this.name = 'S3Error'
    this.code = code
    this.status = status
  }
}

export const noSuchKey = (): S3Error => new S3Error('NoSuchKey', 404, 'The specified key does not exist.')
export const noSuchBucket = (): S3Error => new S3Error('NoSuchBucket', 404, 'The specified bucket does not exist')
export const noSuchUpload = (): S3Error =>
  new S3Error('NoSuchUpload', 404, 'The specified multipart upload does not exist.')
export const invalidArgument = (message: string): S3Error => new S3Error('InvalidArgument', 400, message)
export const invalidRequest = (message: string): S3Error => new S3Error('InvalidRequest', 400, message)
export const preconditionFailed = (): S3Error =>
  new S3Error('PreconditionFailed', 412, 'At least one of the pre-conditions you specified did not hold')
export const notImplemented = (what: string): S3Error =>
  new S3Error('NotImplemented', 501, `${what} is not implemented by this double`)
