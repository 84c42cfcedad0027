const LOWER_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** True for a UUID as we write it. Others (upper case among them) name nothing. */
export function isLowerUuid(text: string): boolean {
  return LOWER_UUID.test(text)
}

const AREA = 'uploads/'

/** Where the bytes of an upload are: the key of its object, while it grows and after. */
export function storageKeyOf(uploadId: string): string {
  return AREA + uploadId
}

/** The upload whose bytes an object holds, or null for an object that is none of ours. */
export function uploadIdOf(key: string): string | null {
  const id = key.startsWith(AREA) ? key.slice(AREA.length) : ''
  return isLowerUuid(id) ? id : null
}
