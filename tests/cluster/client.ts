import { setTimeout as delay } from 'node:timers/promises'
import { SECOND_MS } from '#kernel/clock.ts'

/** What a client got that it did not ask for: neither its answer nor 503 with the time to come again. */
export interface Failure {
  readonly what: string
  readonly status: number
  readonly said: string
}

/** A client that asks again where it is told to, and remembers everything else that went wrong. */
export class PatientClient {
  readonly failures: Failure[] = []
  readonly #token: string
  #answered = 0
  #postponed = 0

  constructor(token: string) {
    this.#token = token
  }

  /** Requests that got their answer, and those that were told to come again. */
  get counts(): { readonly answered: number; readonly postponed: number } {
    return { answered: this.#answered, postponed: this.#postponed }
  }

  /** One request; null when it has to be made again, after the wait that was asked for. */
  async ask(method: string, url: string, options: { headers?: Record<string, string>; body?: Buffer } = {}) {
    const reply = await fetch(url, {
      method,
      headers: { Authorization: `Bearer ${this.#token}`, ...options.headers },
      ...(options.body === undefined ? {} : { body: new Uint8Array(options.body) }),
    })
    const said = await reply.text()
    const after = Number(reply.headers.get('retry-after') ?? Number.NaN)
    if (reply.status === 503 && Number.isFinite(after)) {
      this.#postponed += 1
      // Another process may answer at once; what is told is the longest that one has to wait.
      await delay(Math.min(after * SECOND_MS, 100))
      return null
    }
    if (reply.ok) this.#answered += 1
    else this.failures.push({ what: `${method} ${new URL(url).pathname}`, status: reply.status, said })
    return reply
  }

  /** Asks until there is an answer. */
  async insist(method: string, url: string, headers: Record<string, string> = {}): Promise<Response> {
    for (;;) {
      const reply = await this.ask(method, url, { headers })
      if (reply !== null) return reply
    }
  }

  /** Uploads by tus; `urlOf` says where the n-th request goes. Returns the ids of the video and of its upload. */
  async upload(source: Buffer, pieceBytes: number, urlOf: (n: number) => string): Promise<readonly [string, string]> {
    let n = 0
    const created = await this.insist('POST', `${urlOf(n)}/api/v1/uploads`, {
      ...TUS,
      'Upload-Length': String(source.length),
      'Upload-Metadata': `filename ${Buffer.from('hops.mp4').toString('base64')}`,
    })
    const path = new URL(created.headers.get('location') ?? '', urlOf(n)).pathname
    let offset = 0
    while (offset < source.length) {
      n += 1
      const reply = await this.ask('PATCH', urlOf(n) + path, {
        headers: { ...TUS, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': String(offset) },
        body: source.subarray(offset, offset + pieceBytes),
      })
      const standing = reply?.ok === true ? reply : await this.insist('HEAD', urlOf(n + 1) + path, TUS)
      offset = Number(standing.headers.get('upload-offset'))
    }
    return [created.headers.get('airdate-video-id') ?? '', path.slice(path.lastIndexOf('/') + 1)]
  }
}

const TUS = { 'Tus-Resumable': '1.0.0' }
