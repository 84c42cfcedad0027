import { once } from 'node:events'
import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What was asked, as the double understood it. */
export interface Asked {
  readonly protocol: 'chat' | 'messages' | 'transcription'
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly model: string
  /** Instructions. */
  readonly system: string
  /** What was said in turns after them. */
  readonly turns: readonly { readonly by: 'us' | 'model'; readonly text: string }[]
  /** The data of the first turn. */
  readonly data: Readonly<Record<string, unknown>>
  /** The schema to which the answer is to be held; null where none came with the call. */
  readonly schema: unknown
  /** The body: parsed, or the bytes of a form. */
  readonly raw: unknown
}

/** How it answers. */
export type Answering =
  | { readonly json: unknown; readonly usage?: { readonly input: number; readonly output: number } | null }
  | { readonly text: string; readonly usage?: { readonly input: number; readonly output: number } | null }
  | { readonly transcript: unknown }
  | {
      readonly status: number
      readonly message?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | {
      readonly behaviour:
        | 'slow'
        | 'endless'
        | 'malformed'
        | 'off-schema'
        | 'empty'
        | 'html'
        | 'reset'
        | 'cut-off'
        | 'too-long'
        | 'refusal'
    }
  | { readonly redirect: string }

/**
 * A provider of models on loopback that speaks OpenAI's chat completions and transcriptions and Anthropic's messages, and
 * misbehaves as it is told to. It keeps everything that it was asked.
 */
export class AiDouble implements AsyncDisposable {
  readonly asked: Asked[] = []
  readonly #server: Server
  readonly #queue: Answering[] = []
  #by: ((asked: Asked) => Answering | Promise<Answering>) | null = null
  #waiting: (() => void)[] = []

  private constructor(server: Server) {
    this.#server = server
  }

  static async open(): Promise<AiDouble> {
    const server = createServer()
    const double = new AiDouble(server)
    server.on('request', (request, reply) => {
      void double.#serve(request, reply).catch(() => reply.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return double
  }

  /** The base URL of connections of either kind. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}`
  }

  /** Answers so next, one after the other; the last one stays. */
  answer(...answers: readonly Answering[]): void {
    this.#by = null
    this.#queue.push(...answers)
  }

  /** Answers by what is asked, when it is ready to. */
  answerBy(by: (asked: Asked) => Answering | Promise<Answering>): void {
    this.#by = by
  }

  /** Forgets what was asked and what was still to be answered. */
  reset(): void {
    this.asked.length = 0
    this.#queue.length = 0
    this.#by = null
  }

  /** Resolves as soon as so many were asked. */
  async heard(count: number): Promise<void> {
    while (this.asked.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  async #serve(request: IncomingMessage, reply: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const asked = understood(request, Buffer.concat(chunks))
    if (asked === null) {
      reply.writeHead(404, { 'Content-Type': 'application/json' }).end('{"error":{"message":"no such path"}}')
      return
    }
    this.asked.push(asked)
    const next = this.#by?.(asked) ?? (this.#queue.length > 1 ? this.#queue.shift() : this.#queue[0])
    for (const wake of this.#waiting.splice(0)) wake()
    await send(reply, asked, (await next) ?? { status: 500, message: 'nobody told the double what to say' })
  }
}

/** Opens one. */
export function aiDouble(): Promise<AiDouble> {
  return AiDouble.open()
}

type Json = Readonly<Record<string, unknown>>

function understood(request: IncomingMessage, bytes: Buffer): Asked | null {
  const { url: path = '', headers } = request
  const common = { path, headers }
  if (path.endsWith('/audio/transcriptions')) {
    const model = /name="model"\r\n\r\n([^\r]*)\r\n/.exec(bytes.toString('latin1'))?.[1] ?? ''
    return { ...common, protocol: 'transcription', model, system: '', turns: [], data: {}, schema: null, raw: bytes }
  }
  const protocol = path.endsWith('/chat/completions') ? 'chat' : path.endsWith('/v1/messages') ? 'messages' : null
  if (protocol === null) return null
  const raw = JSON.parse(bytes.toString('utf8')) as Json
  const messages = raw['messages'] as readonly { readonly role: string; readonly content: string }[]
  const system = protocol === 'chat' ? (messages.find(({ role }) => role === 'system')?.content ?? '') : raw['system']
  const turns = messages
    .filter(({ role }) => role !== 'system')
    .map(({ role, content: text }) => ({ by: role === 'user' ? ('us' as const) : ('model' as const), text }))
  const { data } = JSON.parse(turns[0]?.text ?? '{}') as { readonly data: Json }
  return {
    ...common,
    protocol,
    model: String(raw['model']),
    system: String(system),
    turns,
    data,
    schema: schemaOf(raw),
    raw,
  }
}

function schemaOf(raw: Json): unknown {
  const { response_format: chat, output_config: messages } = raw as {
    readonly response_format?: { readonly json_schema?: { readonly schema?: unknown } }
    readonly output_config?: { readonly format?: { readonly schema?: unknown } }
  }
  return chat?.json_schema?.schema ?? messages?.format?.schema ?? null
}

async function send(reply: ServerResponse, asked: Asked, answering: Answering): Promise<void> {
  if ('status' in answering) {
    const { status, message = 'this went wrong', headers = {} } = answering
    const body = JSON.stringify({ type: 'error', error: { type: 'error', message } })
    reply.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body)
  } else if ('redirect' in answering) {
    reply.writeHead(302, { Location: answering.redirect }).end()
  } else if ('behaviour' in answering) {
    await misbehave(reply, asked, answering.behaviour)
  } else if ('transcript' in answering) {
    json(reply, answering.transcript)
  } else {
    const text = 'text' in answering ? answering.text : JSON.stringify(answering.json)
    json(reply, spoken(asked, text, { usage: answering.usage }))
  }
}

function json(reply: ServerResponse, body: unknown): void {
  reply.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

/** An answer in the protocol in which it was asked; who was not told counts 100 tokens in and 20 out. */
function spoken(
  { protocol, model }: Asked,
  text: string,
  how: {
    readonly usage?: { readonly input: number; readonly output: number } | null | undefined
    readonly ends?: string
  },
): unknown {
  const usage = how.usage === undefined ? { input: 100, output: 20 } : how.usage
  const { ends = 'stop' } = how
  if (protocol === 'chat') {
    const counted =
      usage === null
        ? {}
        : {
            usage: {
              ...{ prompt_tokens: usage.input, completion_tokens: usage.output },
              total_tokens: usage.input + usage.output,
            },
          }
    const message = ends === 'refusal' ? { content: null, refusal: text } : { content: text }
    const reason = { stop: 'stop', 'too-long': 'length', refusal: 'stop' }[ends]
    return {
      ...{ id: 'chatcmpl-1', object: 'chat.completion', created: 1, model, ...counted },
      choices: [{ index: 0, finish_reason: reason, message: { role: 'assistant', ...message } }],
    }
  }
  const reason = { stop: 'end_turn', 'too-long': 'max_tokens', refusal: 'refusal' }[ends]
  return {
    ...{ id: 'msg_1', type: 'message', role: 'assistant', model, stop_reason: reason, stop_sequence: null },
    content: [
      { type: 'thinking', thinking: '', signature: 'x' },
      { type: 'text', text, citations: null },
    ],
    ...(usage === null ? {} : { usage: { input_tokens: usage.input, output_tokens: usage.output } }),
  }
}

async function misbehave(
  reply: ServerResponse,
  asked: Asked,
  behaviour: Extract<Answering, { readonly behaviour: string }>['behaviour'],
): Promise<void> {
  switch (behaviour) {
    case 'slow':
      // It never says anything; whoever asked has gone before.
      await once(reply, 'close')
      return
    case 'endless': {
      reply.writeHead(200, { 'Content-Type': 'application/json' }).write('{"choices":[{"message":{"content":"')
      const piece = 'x'.repeat(64 * 1024)
      const pour = (): void => {
        while (!reply.destroyed && reply.write(piece));
      }
      reply.on('drain', pour)
      pour()
      await once(reply, 'close')
      return
    }
    case 'malformed':
      reply.writeHead(200, { 'Content-Type': 'application/json' }).end('{"choices":[{"mess')
      return
    case 'cut-off':
      // It announces more than it sends.
      reply.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '1000' }).write('{"choices":')
      await new Promise((resolve) => setImmediate(resolve))
      reply.destroy()
      return
    case 'html':
      reply.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><p>Sign in to the hotel')
      return
    case 'reset':
      reply.socket?.destroy()
      return
    case 'empty':
      json(reply, {})
      return
    case 'too-long':
      json(reply, spoken(asked, '{"cut":"of', { ends: 'too-long' }))
      return
    case 'refusal':
      json(reply, spoken(asked, 'I would rather not.', { ends: 'refusal' }))
      return
    case 'off-schema':
      json(reply, spoken(asked, '{"something":"else"}', {}))
  }
}
