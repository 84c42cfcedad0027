import { createHash } from 'node:crypto'
import { stripTypeScriptTypes } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { invariant } from '#kernel/assert.ts'
import { paper } from '#platform/http/paper.ts'
import { listFiles, readTextFile } from '#platform/storage/files.ts'

export type Coding = 'br' | 'gzip' | 'identity'

/** A file that pages refer to, under an address that changes with its content. */
export interface Asset {
  /** `/assets/<hash>/<name>` */
  readonly url: string
  readonly type: string
  /** Strong validator; the codings of one asset differ in it (RFC 9110 §8.8.3.3). */
  etag(coding: Coding): string
  body(coding: Coding): Promise<Buffer>
}

export interface Assets {
  /** The address of an asset by its name. */
  url(name: string): string
  /** The asset at an address, undefined when there is none. */
  find(hash: string, name: string): Asset | undefined
  /** Addresses of the page's own modules, for preloading. */
  readonly modules: readonly string[]
}

const CLIENT = join(import.meta.dirname, 'client')
const PACKAGES: readonly (readonly [name: string, specifier: string])[] = [
  ['hls.js', 'hls.js/dist/hls.min.mjs'],
  ['hls.worker.js', 'hls.js/dist/hls.worker.js'],
  ['media-chrome.js', 'media-chrome/dist/iife/all.js'],
]
const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
}

interface Source {
  readonly name: string
  readonly text: string
}

let loaded: Promise<Assets> | null = null

/** The assets of this process, loaded when a page first needs them: a tenth of a second that no start waits for. */
export function pageAssets(): Promise<Assets> {
  loaded ??= loadAssets().catch((error: unknown) => {
    loaded = null
    throw error
  })
  return loaded
}

/**
 * Reads the page's own modules (types stripped), style and mark, and the libraries from their packages. The modules refer
 * to each other by relative addresses and therefore share one hash.
 */
async function loadAssets(): Promise<Assets> {
  const own = await Promise.all([...(await listFiles(CLIENT)).filter(isServed).map(readOwn)])
  const hash = hashOf(own.map(({ name, text }) => `${name}\0${text}`).join('\0'))
  const packaged = await Promise.all(
    PACKAGES.map(async ([name, specifier]) => ({
      name,
      text: await readTextFile(fileURLToPath(import.meta.resolve(specifier))),
    })),
  )
  const assets = [
    ...own.map((source) => assetOf(source, hash)),
    ...packaged.map((source) => assetOf(source, hashOf(source.text))),
  ]
  const byName = new Map(assets.map((asset) => [basename(asset.url), asset]))
  const byUrl = new Map(assets.map((asset) => [asset.url, asset]))
  const url = (name: string): string => {
    const asset = byName.get(name)
    invariant(asset !== undefined, `an asset named ${name}`)
    return asset.url
  }
  return {
    url,
    find: (folder, name) => byUrl.get(`/assets/${folder}/${name}`),
    modules: own.filter(({ name }) => name.endsWith('.js')).map(({ name }) => url(name)),
  }
}

function isServed(path: string): boolean {
  return /\.(?:ts|css|svg)$/.test(path) && !path.endsWith('.test.ts')
}

async function readOwn(path: string): Promise<Source> {
  const text = await readTextFile(path)
  if (path.endsWith('.css')) return { name: basename(path), text: `${await paper()}${text}` }
  if (!path.endsWith('.ts')) return { name: basename(path), text }
  const script = stripTypeScriptTypes(text).replaceAll(/(from|import) '\.\/([\w-]+)\.ts'/g, "$1 './$2.js'")
  return { name: basename(path).replace(/\.ts$/, '.js'), text: script }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20)
}

const deflate = { br: promisify(brotliCompress), gzip: promisify(gzip) }

function assetOf({ name, text }: Source, hash: string): Asset {
  const plain = Buffer.from(text)
  const kept = new Map<Coding, Promise<Buffer>>()
  const made = {
    // Quality 9: within 8 % of the best, in a tenth of its time (0.2 s instead of 2.6 s for hls.js).
    br: () =>
      deflate.br(plain, {
        params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length },
      }),
    gzip: () => deflate.gzip(plain, { level: 9 }),
    identity: async () => plain,
  }
  // Made for whoever asks first: a process that serves no page does not pay for it at its start.
  const body = (coding: Coding): Promise<Buffer> => {
    const known = kept.get(coding) ?? made[coding]()
    kept.set(coding, known)
    return known
  }
  return {
    url: `/assets/${hash}/${name}`,
    type: TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
    etag: (coding) => `"${hash}.${coding}"`,
    body,
  }
}

/**
 * The best coding that a client takes, from its `Accept-Encoding` (RFC 9110 §12.5.3): brotli before gzip before none.
 * `q=0` forbids; `*` stands for what is not named.
 */
export function codingFor(acceptEncoding: string | undefined): Coding {
  const weights = new Map<string, number>()
  for (const part of (acceptEncoding ?? '').slice(0, 500).split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((piece) => piece.trim().toLowerCase())
    const q = parameters.find((parameter) => parameter.startsWith('q='))
    weights.set(coding, q === undefined ? 1 : Number(q.slice(2)) || 0)
  }
  const takes = (coding: Coding): boolean => (weights.get(coding) ?? weights.get('*') ?? 0) > 0
  return takes('br') ? 'br' : takes('gzip') ? 'gzip' : 'identity'
}
