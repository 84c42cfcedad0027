import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestBrowser, openBrowser } from '../support/browser.ts'
import { playThrough } from '../support/playback.ts'
import { GOOD_TOKEN, type StreamDouble, openStreamDouble } from '../support/stream-double.ts'

let stream: StreamDouble
let browser: TestBrowser

beforeAll(async () => {
  stream = await openStreamDouble({ size: '320x180' })
  browser = await openBrowser()
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await stream[Symbol.asyncDispose]()
})

// Asked from outside: the page's policy lets nothing evaluate text inside, Playwright's own polling neither.
const until = (page: Page, expression: string): Promise<void> =>
  expect.poll(() => page.evaluate(expression), { timeout: 40_000, interval: 50 }).toBe(true)
const time = 'document.querySelector("video").currentTime'
const paused = 'document.querySelector("video").paused'

async function open(path: string, change: Parameters<StreamDouble['set']>[0] = {}) {
  stream.set(change)
  const { page, complaints } = await browser.page()
  await page.goto(`${stream.url}${path}`)
  return { page, complaints, read: (expression: string) => page.evaluate(expression) }
}

test('a person presses play and the film plays, and the page has nothing to complain about', async () => {
  stream.listSegments(null)
  const { page, complaints, read } = await open(`/watch/${stream.id}`)
  await page.locator('media-play-button.big').click()
  await until(page, `${time} > 1`)
  expect(await read('document.querySelector("video").videoWidth > 0')).toBe(true)
  expect(await page.title()).toBe('Morning over the estuary · Airdate')
  expect(complaints).toEqual([])
  await page.close()
})

test('the keyboard plays, seeks, steps, jumps and helps', async () => {
  stream.listSegments(null)
  const { page, complaints, read } = await open(`/watch/${stream.id}?t=2`)
  await until(page, 'document.querySelector("video").readyState >= 2')
  await page.keyboard.press('k')
  await until(page, `!${paused} && ${time} > 2`)
  await page.keyboard.press(' ')
  await until(page, paused)
  await page.keyboard.press('8')
  expect(await read(time)).toBeCloseTo(12, 0)
  await page.keyboard.press('j')
  expect(await read(time)).toBeCloseTo(2, 0)
  await page.keyboard.press('l')
  await page.keyboard.press('ArrowLeft')
  expect(await read(time)).toBeCloseTo(7, 0)
  await page.keyboard.press('.')
  expect(await read(`Math.floor(${time} * 30)`)).toBe(211)
  await page.keyboard.press('m')
  expect(await read('document.querySelector("video").muted')).toBe(true)
  await page.keyboard.press('?')
  expect(await page.locator('dialog#help dd').count()).toBe(12)
  await page.keyboard.press('Escape')
  await page.locator('dialog#help').waitFor({ state: 'detached' })
  expect(complaints).toEqual([])
  await page.close()
})

test('a film plays from its beginning while it is still being encoded, and on to its end when the rest has come', async () => {
  stream.listSegments(3)
  const { page, complaints, read } = await open(`/watch/${stream.id}`, { state: 'encoding', progress: 0.25 })
  await page.locator('media-play-button.big').waitFor()
  await until(page, 'document.querySelector("video").readyState >= 2')
  expect(await page.locator('#notice').innerText()).toContain('Playable now.')
  expect(await read(`${time} < 1 && document.querySelector("video").duration < 7`)).toBe(true)
  await page.keyboard.press('k')
  await until(page, `${time} > 4`)
  stream.listSegments(null)
  stream.set({})
  await until(page, 'document.querySelector("#notice").innerText === ""')
  await until(page, 'document.querySelector("video").duration > 14')
  await page.keyboard.press('9')
  await until(page, `${time} > 13 && !document.querySelector("video").seeking`)
  expect(complaints).toEqual([])
  await page.close()
})

test('a film that is not playable yet begins to be, without a reload', async () => {
  stream.listSegments(null)
  const { page } = await open(`/watch/${stream.id}`, { state: 'probing', playable: false, playback: null })
  expect(await page.locator('#veil').innerText()).toContain('Taking a look')
  const playback = {
    hlsUrl: `${stream.url}/media/${stream.id}/master.m3u8`,
    posterUrl: null,
    storyboardUrl: null,
  }
  stream.set({ state: 'encoding', progress: 0.5, playback })
  await page.locator('media-play-button.big').click()
  await until(page, `${time} > 0.5`)
  expect(await page.locator('#veil').isHidden()).toBe(true)
  stream.set({ state: 'failed', playable: false, failure: { code: 'storage_full', detail: '' } })
  await page.getByText('The server has run out of room.').waitFor()
  await page.close()
})

test('a private film opens with a token, which is not kept beyond the tab', async () => {
  stream.listSegments(null)
  stream.setGrant('a-grant')
  const { page, read } = await open(`/watch/${stream.id}`, { visibility: 'private' })
  expect(await page.locator('h1').innerText()).toContain('There is no')
  await page.locator('input[name=token]').fill('a-token-that-does-not-hold')
  await page.getByRole('button', { name: 'Open' }).click()
  await page.getByText('This token is not valid.').waitFor()
  await page.locator('input[name=token]').fill(GOOD_TOKEN)
  await page.getByRole('button', { name: 'Open' }).click()
  await page.locator('media-play-button.big').click()
  await until(page, `${time} > 0.5`)
  expect(await read('localStorage.getItem("airdate.token") === null && document.cookie === ""')).toBe(true)
  expect(await page.locator('.badge').innerText()).toBe('Private')
  await page.reload()
  await page.locator('media-play-button.big').waitFor()
  await page.close()
  const { page: other } = await open(`/watch/${stream.id}`, { visibility: 'private' })
  await other.locator('#unlock').waitFor()
  await other.close()
})

test('when access to a private film ends, the page says so', async () => {
  stream.listSegments(1)
  stream.setGrant('a-grant')
  const { page } = await open(`/watch/${stream.id}`, { visibility: 'private' })
  await page.locator('input[name=token]').fill(GOOD_TOKEN)
  await page.getByRole('button', { name: 'Open' }).click()
  await page.locator('media-play-button.big').waitFor()
  stream.setGrant(null)
  await page.getByText('This video is no longer available to you.').waitFor()
  await page.close()
})

test('media that is not there although the video is ends in words, not in a loop', async () => {
  stream.set({})
  const { page } = await browser.page()
  await page.route('**/media/**/*.m3u8', (route) => route.fulfill({ status: 404 }))
  await page.goto(`${stream.url}/watch/${stream.id}`)
  await page.getByText('A part of this video cannot be fetched.').waitFor()
  await page.close()
})

test('a lost connection is tried again, and the page says what it is doing', async () => {
  stream.listSegments(null)
  stream.set({})
  const { page } = await browser.page()
  await page.route('**/media/**', (route) => route.abort())
  await page.goto(`${stream.url}/watch/${stream.id}`)
  await page.getByText('The connection is lost. Trying again').waitFor()
  await page.unroute('**/media/**')
  await until(page, 'document.querySelector("video").readyState >= 2')
  await until(page, 'document.querySelector("#trouble").hidden')
  await page.close()
})

test('the player in a frame of another site plays by itself when asked to, and links to its page', async () => {
  stream.listSegments(null)
  const { page, complaints } = await open(`/embed/${stream.id}?autoplay=1&muted=1&t=3`)
  await until(page, `${time} > 3.2`)
  expect(await page.locator('a.title').getAttribute('href')).toBe(`${stream.url}/watch/${stream.id}`)
  expect(complaints).toEqual([])
  await page.close()
})

test('a film goes on where it was left', async () => {
  stream.listSegments(null)
  const first = await open(`/watch/${stream.id}?t=12`)
  await until(first.page, `document.querySelector("video").readyState >= 2 && ${time} >= 12`)
  await first.page.close({ runBeforeUnload: false })
  const second = await open(`/watch/${stream.id}`)
  await until(second.page, `document.querySelector("video").readyState >= 2`)
  expect(await second.read(time)).toBeCloseTo(12, 0)
  await second.page.evaluate('localStorage.clear()')
  await second.page.close()
})

test('nothing on the page moves while it becomes ready', async () => {
  stream.listSegments(null)
  const { page } = await browser.page()
  stream.set({})
  await page.addInitScript(
    'window.shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shift += entry.value }).observe({ type: "layout-shift", buffered: true })',
  )
  await page.goto(`${stream.url}/watch/${stream.id}`)
  await until(page, 'document.querySelector("video").readyState >= 2')
  // Layout shift score; 0.1 counts as good. The time in the control bar grows by a few digits: nothing one would see.
  expect(await page.evaluate('window.shift < 0.001')).toBe(true)
  await page.close()
})

test.for(['hls', 'shaka'] as const)('%s plays the film through: seeks, every rung, the end', async (engine) => {
  stream.listSegments(null)
  stream.set({})
  const { page, complaints } = await browser.page()
  const report = await playThrough(page, `${stream.url}/media/${stream.id}/master.m3u8`, { engine })
  expect(report).toMatchObject({ errors: [], stalls: 0, ended: true, rungs: [90, 180], rungsShown: 3 })
  expect(report.seeks.map(({ ok }) => ok)).toEqual([true, true, true, true])
  expect(report.levelsSeen.toSorted((a, b) => a - b)).toEqual([90, 180])
  expect(complaints).toEqual([])
  await page.close()
})
