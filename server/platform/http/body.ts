import type { FastifyInstance, FastifyRequest } from 'fastify'
import { MalformedBody, UnsupportedMediaType } from './problems.ts'

/** Deeper JSON than any honest client sends; checked on the text, before anything recursive sees the value. */
const MAX_DEPTH = 64

/** True when brackets outside of strings nest deeper than `limit`. One pass over the text, no allocation. */
export function nestsDeeperThan(json: string, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index)
    if (inString) {
      if (code === 0x5c) index += 1
      else if (code === 0x22) inString = false
    } else if (code === 0x22) inString = true
    else if (code === 0x7b || code === 0x5b) {
      depth += 1
      if (depth > limit) return true
    } else if (code === 0x7d || code === 0x5d) depth -= 1
  }
  return false
}

/**
 * Bodies are read as they are: one that says it is compressed is refused before a byte of it is read, so that no few
 * kilobytes become gigabytes here. Without a body there is nothing that could be encoded.
 * @throws UnsupportedMediaType
 */
export async function refuseEncodedBody({ headers }: FastifyRequest): Promise<void> {
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.trim().toLowerCase() !== 'identity')
    throw UnsupportedMediaType({ detail: 'Content-Encoding is not taken: send the body as it is.' })
}

/** JSON bodies: bounded in depth, `__proto__` and `constructor.prototype` refused. Other content types answer 415. */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body)
    if (nestsDeeperThan(text, MAX_DEPTH)) {
      done(MalformedBody({ detail: `The JSON nests deeper than ${MAX_DEPTH} levels.` }))
      return
    }
    void parse(request, text, done)
  })
}

/** No form that a browser sends for others holds more. */
const FORM_BYTES = 32 * 1024

/** Forms in the place of JSON: an object of texts. A field that comes twice is refused: which of them counts is anybody's guess. */
export function readFormBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const form = { parseAs: 'string', bodyLimit: FORM_BYTES } as const
  app.addContentTypeParser('application/x-www-form-urlencoded', form, (_request, body: string, done) => {
    const fields = [...new URLSearchParams(body)]
    const isOnce = new Set(fields.map(([name]) => name)).size === fields.length
    if (isOnce) done(null, Object.fromEntries(fields))
    else done(MalformedBody({ detail: 'A field of the form is there twice.' }))
  })
}
