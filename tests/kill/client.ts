import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type IncomingHttpHeaders, request } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { SECOND_MS } from '#kernel/clock.ts'

/** A file to upload. */
export interface Source {
  readonly name: string
  readonly path: string
  readonly bytes: Buffer
  readonly sha256: string
}

export function sourceOf(name: string, path: string): Source {
  const bytes = readFileSync(path)
  return { name, path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Who uploads, and where: the address changes with each start of the server. */
export interface Target {
  readonly url: string
  readonly token: string
}

/** Something that happens when so many bytes of the file have been handed to the connection. */
export interface Interruption {
  readonly atByte: number
  readonly act: () => Promise<void>
}

const WRITE_BYTES = 16 * 1024

/** One upload by tus as a careful client does it: after a broken connection it asks how far it got and goes on there. */
export class Upload {
  readonly source: Source
  readonly videoId: string
  readonly #path: string
  #acknowledgedBytes = 0
  #pieces = 0

  private constructor(source: Source, videoId: string, path: string) {
    this.source = source
    this.videoId = videoId
    this.#path = path
  }

  get uploadId(): string {
    return this.#path.slice(this.#path.lastIndexOf('/') + 1)
  }

  static async begin(target: Target, source: Source, metadata: Record<string, string> = {}): Promise<Upload> {
    const told = { filename: source.name, visibility: 'unlisted', ...metadata }
    const reply = await fetch(`${target.url}/api/v1/uploads`, {
      method: 'POST',
      headers: {
        ...tusHeaders(target),
        'Upload-Length': String(source.bytes.length),
        'Upload-Metadata': Object.entries(told)
          .map(([name, value]) => `${name} ${Buffer.from(value).toString('base64')}`)
          .join(','),
      },
    })
    if (reply.status !== 201) throw new Refused(reply.status, await reply.text())
    const path = new URL(reply.headers.get('location') ?? '', target.url).pathname
    return new Upload(source, reply.headers.get('airdate-video-id') ?? '', path)
  }

  /**
   * Bytes that the server has acknowledged.
   * @throws Refused when it had acknowledged more before
   */
  async offset(target: Target): Promise<number> {
    const reply = await fetch(target.url + this.#path, { method: 'HEAD', headers: tusHeaders(target) })
    if (reply.status !== 200) throw new Refused(reply.status, '')
    const offset = Number(reply.headers.get('upload-offset'))
    if (offset < this.#acknowledgedBytes) throw new Refused(200, `${offset} bytes after ${this.#acknowledgedBytes}`)
    return offset
  }

  /**
   * Sends what is missing, `pieceBytes` with each PATCH, most with a checksum. Returns true when all is there, false when the connection broke.
   * While the lease of a writer that died is not over yet (423), it waits as it is told to.
   * @throws Refused when the server does not want a piece
   */
  async send(target: Target, pieceBytes: number, interruption?: Interruption): Promise<boolean> {
    try {
      let at = await this.offset(target)
      while (at < this.source.bytes.length) {
        const waitMs = await this.#patch(target, at, this.source.bytes.subarray(at, at + pieceBytes), interruption)
        if (waitMs === null) at += pieceBytes
        else {
          await delay(waitMs)
          at = await this.offset(target)
        }
      }
      return true
    } catch (error) {
      if (error instanceof Refused) throw error
      return false
    }
  }

  /** Takes the upload back: the server forgets it. */
  async giveUp(target: Target): Promise<void> {
    const reply = await fetch(target.url + this.#path, { method: 'DELETE', headers: tusHeaders(target) })
    if (reply.status !== 204) throw new Refused(reply.status, await reply.text())
  }

  /** Sends the first bytes alone. */
  async sendUpTo(target: Target, endByte: number): Promise<void> {
    await this.#patch(target, 0, this.source.bytes.subarray(0, endByte), undefined)
  }

  /** Returns null, or after how many ms to try again. */
  async #patch(
    target: Target,
    offset: number,
    piece: Buffer,
    interruption: Interruption | undefined,
  ): Promise<number | null> {
    this.#pieces += 1
    const sum = this.#pieces % 4 === 0 ? null : createHash('sha1').update(piece).digest('base64')
    const asking = request(target.url + this.#path, {
      method: 'PATCH',
      agent: false,
      headers: {
        ...tusHeaders(target),
        'Content-Type': 'application/offset+octet-stream',
        'Content-Length': piece.length,
        'Upload-Offset': offset,
        ...(sum === null ? {} : { 'Upload-Checksum': `sha1 ${sum}` }),
      },
    })
    const answer = new Promise<{ status: number; headers: IncomingHttpHeaders; said: string }>((resolve, reject) => {
      asking.once('error', reject)
      asking.once('response', (reply) => {
        text(reply).then((said) => resolve({ status: reply.statusCode ?? 0, headers: reply.headers, said }), reject)
      })
    })
    const [, { status, headers, said }] = await Promise.all([
      pipeline(Readable.from(paced(piece, offset, interruption)), asking),
      answer,
    ])
    if (status === 423) return Number(headers['retry-after']) * SECOND_MS
    if (status !== 204) throw new Refused(status, `at ${offset} of ${this.source.bytes.length}: ${said}`)
    this.#acknowledgedBytes = offset + piece.length
    return null
  }
}

/** The server's answer was no. */
export class Refused extends Error {
  readonly status: number

  constructor(status: number, said: string) {
    super(`refused: ${status} ${said}`)
    this.status = status
  }
}

function tusHeaders({ token }: Target): Record<string, string> {
  return { Authorization: `Bearer ${token}`, 'Tus-Resumable': '1.0.0' }
}

async function* paced(piece: Buffer, offset: number, interruption: Interruption | undefined): AsyncIterable<Buffer> {
  for (let at = 0; at < piece.length; at += WRITE_BYTES) {
    const here = offset + at
    if (interruption !== undefined && here <= interruption.atByte && interruption.atByte < here + WRITE_BYTES) {
      yield piece.subarray(at, interruption.atByte - offset)
      await interruption.act()
      yield piece.subarray(interruption.atByte - offset, at + WRITE_BYTES)
    } else yield piece.subarray(at, at + WRITE_BYTES)
  }
}
