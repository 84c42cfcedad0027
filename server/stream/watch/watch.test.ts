import { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { beforeAll, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { NotFound } from '#platform/http/problems.ts'
import { buildServer } from '#platform/http/server.ts'
import { wideLimits } from '#platform/limits/fixtures/limits.ts'
import { createLogger } from '#platform/observability/log.ts'
import { createMetrics } from '#platform/observability/metrics.ts'
import { codingFor, pageAssets } from './assets.ts'
import type { WatchedVideo } from './client/video.ts'
import { watchRoutes } from './routes.ts'

const publicUrl = 'https://air.example'
const id: string = newId()
const film: WatchedVideo = {
  ...{
    id,
    title: 'Salt & <b>"Sand"</b>',
    description: 'First line.\nSecond line.',
    visibility: 'public',
    state: 'ready',
  },
  ...{ playable: true, progress: 1, failure: null, durationMs: 62_500, width: 1080, height: 1920, frameRate: '25/1' },
  playback: {
    hlsUrl: `${publicUrl}/media/${id}/master.m3u8`,
    posterUrl: `${publicUrl}/media/${id}/poster.jpg`,
    storyboardUrl: `${publicUrl}/media/${id}/storyboard.vtt`,
  },
  createdAt: '2026-11-20T08:00:00Z',
}
let shown: WatchedVideo = film
let address: string

beforeAll(async () => {
  const videoForWatching = async (_ctx: Ctx, asked: string): Promise<WatchedVideo> => {
    if (asked !== id || shown.visibility === 'private') throw NotFound()
    return shown
  }
  const app = await buildServer({
    routes: watchRoutes({ assets: pageAssets, videoForWatching }),
    log: createLogger('silent'),
    metrics: createMetrics(),
    limits: wideLimits(),
    identify: async () => ({ kind: 'anonymous' }),
    makeCtx: () => ({ publicUrl }) as unknown as Ctx,
  })
  address = await app.listen({ host: '127.0.0.1', port: 0 })
  return () => app.close()
})

interface Answer {
  readonly statusCode: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** As it came over the wire, still compressed. */
  readonly bytes: Buffer
}

async function get(
  url: string,
  change: Partial<WatchedVideo> = {},
  headers: OutgoingHttpHeaders = {},
): Promise<Answer> {
  shown = { ...film, ...change }
  const [message, bytes] = await new Promise<[IncomingMessage, Buffer]>((resolve, reject) => {
    const asking = request(`${address}${url}`, { headers }, (answer) => {
      buffer(answer).then((body) => resolve([answer, body]), reject)
    })
    asking.once('error', reject).end()
  })
  return { statusCode: message.statusCode ?? 0, headers: message.headers, body: bytes.toString(), bytes }
}

test('the page says title, poster, shape and stream without a script', async () => {
  const { body, statusCode } = await get(`/watch/${id}`)
  expect(statusCode).toBe(200)
  expect(body).toContain('<h1 id="title">Salt &amp; &lt;b&gt;&quot;Sand&quot;&lt;/b&gt;</h1>')
  expect(body).toContain('First line.\nSecond line.')
  expect(body).toContain(`poster="${publicUrl}/media/${id}/poster.jpg"`)
  expect(body).toContain('--ratio:0.562500')
  expect(body).toMatch(/<noscript><video controls[^>]*src="https:\/\/air\.example\/media\//)
  expect(body.length).toBeLessThan(10_000)
})

test('the page describes itself to other sites, with absolute addresses', async () => {
  const { body } = await get(`/watch/${id}`)
  expect(body).toContain(`<meta property="og:url" content="${publicUrl}/watch/${id}">`)
  expect(body).toContain(`<meta name="twitter:player" content="${publicUrl}/embed/${id}">`)
  expect(body).toContain('type="application/json+oembed"')
  const [, json = ''] = /<script type="application\/ld\+json">(.*?)<\/script>/.exec(body) ?? []
  expect(JSON.parse(json)).toMatchObject({ '@type': 'VideoObject', name: film.title, duration: 'PT62.5S' })
})

test('an unlisted video asks search engines to stay away', async () => {
  expect((await get(`/watch/${id}`, { visibility: 'unlisted' })).body).toContain(
    '<meta name="robots" content="noindex">',
  )
  expect((await get(`/watch/${id}`)).body).not.toContain('noindex')
})

test('only scripts and styles that carry the nonce of the answer run, and no two answers share one', async () => {
  const [first, second] = [await get(`/watch/${id}`), await get(`/watch/${id}`)]
  const nonceOf = (policy: unknown): string => /script-src 'nonce-([\w-]{22})'/.exec(String(policy))?.[1] ?? ''
  const nonce = nonceOf(first.headers['content-security-policy'])
  expect(nonce).not.toBe('')
  expect(nonce).not.toBe(nonceOf(second.headers['content-security-policy']))
  const policy = String(first.headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain(`media-src 'self' ${publicUrl} blob:`)
  for (const [tag] of first.body.matchAll(/<(?:script(?! type="application)|style)[^>]*>/g)) {
    expect(tag).toContain(`nonce="${nonce}"`)
  }
  expect(first.headers['cache-control']).toBe('no-store')
})

test('other sites may frame the embed page and nothing else', async () => {
  const policyOf = async (url: string) => String((await get(url)).headers['content-security-policy'])
  expect(await policyOf(`/embed/${id}`)).toContain('frame-ancestors *')
  expect(await policyOf(`/watch/${id}`)).toContain("frame-ancestors 'none'")
  expect(await policyOf('/embed/nothing')).toContain('frame-ancestors *')
})

test('a private video and an unknown one answer alike but for the id', async () => {
  const other: string = newId()
  const [locked, unknown] = [await get(`/watch/${id}`, { visibility: 'private' }), await get(`/watch/${other}`)]
  expect([locked.statusCode, unknown.statusCode]).toEqual([404, 404])
  const plain = (body: string): string =>
    body
      .replaceAll(/nonce="[^"]*"/g, '')
      .replaceAll(id, 'ID')
      .replaceAll(other, 'ID')
  expect(plain(locked.body)).toBe(plain(unknown.body))
  expect(locked.body).not.toContain('Sand')
  expect(locked.body).toContain('<form id="unlock"')
})

test('what cannot be an id is a page that says so', async () => {
  for (const path of ['/watch/x', `/watch/${id.toUpperCase()}`, '/watch/%3Cscript%3E', `/embed/${'a'.repeat(250)}`]) {
    const answer = await get(path)
    expect([path, answer.statusCode, answer.headers['content-type']]).toEqual([path, 404, 'text/html; charset=utf-8'])
    expect(answer.body).not.toContain('<form')
  }
})

test('parameters that a link gathers on its way do no harm', async () => {
  expect((await get(`/watch/${id}?t=90&utm_source=x&fbclid=y&t=3`)).statusCode).toBe(200)
})

test('a video that failed says in words why, and what to do', async () => {
  const { body } = await get(`/watch/${id}`, {
    state: 'failed',
    playable: false,
    playback: null,
    failure: { code: 'no_streams', detail: 'inner' },
  })
  expect(body).toContain('The file holds nothing that could be shown here.')
  expect(body).toContain('If it is yours: check that you chose the right file')
})

test('a video that is being encoded shows its share before it plays and after', async () => {
  const before = await get(`/watch/${id}`, { state: 'encoding', playable: false, playback: null, progress: 0.04 })
  expect(before.body).toContain('<progress max="100" value="4"')
  const after = await get(`/watch/${id}`, { state: 'encoding', progress: 0.43 })
  expect(after.body).toMatch(/<strong>Playable now\.<\/strong>.*value="43"/)
  expect(after.body).toContain('<div class="veil" id="veil" hidden>')
})

test('every address in the page is an asset that may be kept for ever', async () => {
  const { body } = await get(`/watch/${id}`)
  const urls = [...new Set([...body.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, url = '']) => url))]
  expect(urls.length).toBeGreaterThan(10)
  for (const url of urls) {
    const answer = await get(url)
    expect([url, answer.statusCode]).toEqual([url, 200])
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect(answer.headers['content-type']).toMatch(/^(?:text\/javascript|text\/css|image\/svg\+xml)/)
  }
})

test('modules are plain JavaScript that import what is there', async () => {
  const { body } = await get(`/watch/${id}`)
  const [, entry = ''] = /<script type="module"[^>]*src="([^"]+)"/.exec(body) ?? []
  const script = (await get(entry)).body
  expect(script).not.toMatch(/import type|: string/)
  const names = [...script.matchAll(/from '\.\/([\w-]+\.js)'/g)].map(([, name = '']) => name)
  expect(names).toContain('watching.js')
  for (const name of names) expect((await get(entry.replace('watch.js', name))).statusCode).toBe(200)
})

test('an asset comes compressed as the client takes it, with a tag for each coding', async () => {
  const { body } = await get(`/watch/${id}`)
  const [, url = ''] = /data-hls="([^"]+)"/.exec(body) ?? []
  const plain = await get(url, {}, { 'accept-encoding': 'identity' })
  const br = await get(url, {}, { 'accept-encoding': 'gzip, deflate, br' })
  const gz = await get(url, {}, { 'accept-encoding': 'gzip;q=1, br;q=0' })
  expect([plain, br, gz].map((answer) => answer.headers['content-encoding'])).toEqual([undefined, 'br', 'gzip'])
  expect(brotliDecompressSync(br.bytes).equals(plain.bytes)).toBe(true)
  expect(gunzipSync(gz.bytes).equals(plain.bytes)).toBe(true)
  expect(new Set([plain, br, gz].map((answer) => answer.headers.etag)).size).toBe(3)
  expect(br.headers['vary']).toContain('Accept-Encoding')
  const again = await get(url, {}, { 'accept-encoding': 'br', 'if-none-match': String(br.headers.etag) })
  expect([again.statusCode, again.bytes.length]).toEqual([304, 0])
})

test('what is no asset is not found, however it is spelled', async () => {
  for (const url of [
    '/assets/x/watch.js',
    '/assets/..%2f..%2fpackage.json/x',
    '/assets/x/..%2fwatch.ts',
    '/assets/__proto__/constructor',
  ]) {
    expect([url, (await get(url)).statusCode]).toEqual([url, 404])
  }
})

test('the coding follows the header', () => {
  const headers = [undefined, '', '*', 'br;q=0, *', 'gzip;q=0', 'deflate', 'GZIP', 'identity;q=0']
  expect(headers.map(codingFor)).toEqual([
    'identity',
    'identity',
    'br',
    'gzip',
    'identity',
    'identity',
    'gzip',
    'identity',
  ])
})

test('oEmbed fits the frame into what the consumer allows, in the shape of the picture', async () => {
  const page = encodeURIComponent(`${publicUrl}/watch/${id}?t=5`)
  const answer = await get(`/api/v1/stream/oembed?url=${page}&maxwidth=600&maxheight=480&format=json`)
  expect(JSON.parse(answer.body)).toMatchObject({
    version: '1.0',
    type: 'video',
    width: 270,
    height: 480,
    title: film.title,
  })
  expect((JSON.parse(answer.body) as { html: string }).html).toContain(`src="${publicUrl}/embed/${id}"`)
  expect((JSON.parse(answer.body) as { html: string }).html).not.toContain('<b>')
})

test('oEmbed knows only the pages of this server, and no private ones', async () => {
  const asked = (url: string) => `/api/v1/stream/oembed?url=${encodeURIComponent(url)}`
  for (const url of [
    `https://other.example/watch/${id}`,
    `${publicUrl}/media/${id}`,
    'nonsense',
    `${publicUrl}/watch/${newId()}`,
  ]) {
    expect([url, (await get(asked(url))).statusCode]).toEqual([url, 404])
  }
  expect((await get(asked(`${publicUrl}/watch/${id}`), { visibility: 'private' })).statusCode).toBe(404)
})
