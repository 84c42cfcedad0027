import type { Described } from '#tests/support/openapi-rules.ts'
import { kindOfName, singular } from './known.ts'

/** Words in paths that stand before an id of something with another name. */
const NAMED_OTHERWISE: Readonly<Record<string, string>> = {
  watch: 'video',
  embed: 'video',
  media: 'video',
  film: 'project',
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Enough of each to choose from; the newest stay. */
const KEPT = 200

interface Way {
  /** A thing's address, or one that begins with it, such as its own `/restore`: the path's parameters are its groups. */
  readonly address: RegExp
  readonly names: readonly string[]
  /** Of what the id is, where the path has just one. */
  readonly kind: string | null
  readonly places: Map<string, readonly string[]>
}

/**
 * What somebody has come to know from answers: ids, what they are ids of, and the addresses of things. It is told nothing
 * of the routes but their paths, so that a new one is reached as soon as an answer names what it is about.
 */
export class Atlas {
  readonly #ways = new Map<string, Way>()
  readonly #ids = new Map<string, Set<string>>()
  readonly #all = new Set<string>()
  readonly #origin: string

  constructor(operations: readonly Described[], origin: string) {
    this.#origin = origin
    for (const { path, operation } of operations) {
      if (path.includes('{')) this.#ways.set(operation.operationId, wayOf(path))
    }
  }

  /** Every id that was learned. */
  get ids(): ReadonlySet<string> {
    return this.#all
  }

  /** An id of this kind, or of any where none is known; null when nothing is. */
  idOf(kind: string, index: number): string | null {
    const among = this.#ids.get(kind) ?? this.#all
    return [...among][index % among.size] ?? null
  }

  /** The parameters of an operation's path that lead to something; null when nothing is known. */
  placeOf(operationId: string, index: number): readonly string[] | null {
    const places = this.#ways.get(operationId)?.places
    return places === undefined ? null : ([...places.values()][index % places.size] ?? null)
  }

  /** Learns from an answer: ids, addresses in it, and what was made at the address that was called. */
  learn(target: string, reply: { readonly headers: Headers; readonly status: number; readonly bytes: Buffer }): void {
    if (reply.status < 200 || reply.status > 299) return
    const path = target.split('?', 1)[0] ?? ''
    const location = reply.headers.get('location')
    if (location !== null) this.#address(location, path)
    for (const name of ['airdate-video-id', 'airdate-asset-id']) {
      const id = reply.headers.get(name)
      if (id !== null) this.#id(kindOfName(name.slice('airdate-'.length).replace('-id', 'Id')), id)
    }
    const type = reply.headers.get('content-type') ?? ''
    if (/[/+]json/.test(type) && !path.endsWith('openapi.json'))
      this.#value(JSON.parse(reply.bytes.toString()), path, '')
    if (type.includes('text/html')) {
      for (const [, address = ''] of reply.bytes.toString().matchAll(/(?:href|src)="([^"]+)"/g))
        this.#address(address, path)
    }
    if (type.includes('mpegurl')) {
      for (const line of reply.bytes.toString().split('\n')) {
        if (line !== '' && !line.startsWith('#')) this.#address(line, path)
      }
    }
  }

  #value(value: unknown, path: string, name: string): void {
    if (typeof value === 'string') {
      if (name === 'id') return this.#own(path, value)
      if (ID.test(value)) return this.#id(kindOfName(name), value)
      if (value.startsWith('/') || value.startsWith(this.#origin)) this.#address(value, path)
      return
    }
    if (Array.isArray(value)) return value.forEach((item) => this.#value(item, path, name))
    if (typeof value !== 'object' || value === null) return
    for (const [key, field] of Object.entries(value)) {
      // the id of an answer is its address's own, that of a thing within it has the thing's name before it
      const of = key === 'id' && !['', 'items'].includes(name) ? `${name}Id` : key
      this.#value(field, path, of === 'id' || key === 'items' ? key : of)
    }
  }

  /** The id in an answer is that of the thing at this address, or of one below it. */
  #own(path: string, id: string): void {
    const at = path.indexOf(`/${id}`)
    this.#thing(at === -1 ? `${path}/${id}` : path.slice(0, at + id.length + 1))
  }

  #address(text: string, path: string): void {
    if (!URL.canParse(text, this.#origin + path)) return
    const url = new URL(text, this.#origin + path)
    if (url.origin === this.#origin) this.#thing(url.pathname)
  }

  /** A thing's address, or what may be one. */
  #thing(address: string): void {
    const [id = '', before = ''] = address.split('/').toReversed()
    if (ID.test(id)) this.#id(NAMED_OTHERWISE[before] ?? singular(before), id)
    for (const way of this.#ways.values()) {
      const [, ...found] = way.address.exec(address) ?? []
      if (found.length > 0) this.#keep(way, found)
    }
  }

  #id(kind: string, id: string): void {
    this.#all.add(id)
    let ids = this.#ids.get(kind)
    if (ids === undefined) this.#ids.set(kind, (ids = new Set()))
    if (ids.has(id)) return
    ids.add(id)
    if (ids.size > KEPT) for (const oldest of [...ids].slice(0, 1)) ids.delete(oldest)
    for (const way of this.#ways.values()) if (way.kind === kind) this.#keep(way, [id])
  }

  #keep({ places }: Way, found: readonly string[]): void {
    places.set(found.join('/'), found)
    if (places.size > KEPT) for (const oldest of [...places.keys()].slice(0, 1)) places.delete(oldest)
  }
}

function wayOf(path: string): Way {
  const segments = path.split('/')
  const names = segments.flatMap((segment) => (segment.startsWith('{') ? [segment.slice(1, -1)] : []))
  const last = segments.findLastIndex((segment) => segment.startsWith('{'))
  const pattern = segments.slice(0, last + 1).map((segment) => (segment.startsWith('{') ? '([^/]+)' : segment))
  const [name = ''] = names
  const word = segments[segments.indexOf(`{${name}}`) - 1] ?? ''
  const kind = kindOfName(name) || NAMED_OTHERWISE[word] || singular(word)
  return {
    address: new RegExp(`^${pattern.join('/')}$`),
    names,
    kind: names.length === 1 ? kind : null,
    places: new Map(),
  }
}
