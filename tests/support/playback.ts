import { createRequire, stripTypeScriptTypes } from 'node:module'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'

export interface PlaybackOptions {
  readonly engine: 'hls' | 'shaka'
  /** How long to play before the first seek. Default 2 s, never more than half of the video. */
  readonly playSeconds?: number
  /** Where to seek to, as shares of the duration, in this order. */
  readonly seekShares?: readonly number[]
}

/** What the page is told to do. */
export interface PlaybackTask extends Required<PlaybackOptions> {
  readonly url: string
}

/** How it went. All is well when `errors` is empty, `stalls` is 0, `ended` is true and every seek and rung came out. */
export interface PlaybackReport {
  /** Sum of the ranges that were played, without what was played twice. */
  readonly playedSeconds: number
  readonly durationSeconds: number
  readonly ended: boolean
  /** How often playback waited for data although nobody had sought or switched. */
  readonly stalls: number
  /** Fatal errors of the player, of the decoder, and whatever did not happen within 30 s. */
  readonly errors: readonly string[]
  /** Errors from which the player recovered by itself. */
  readonly warnings: readonly string[]
  readonly seeks: readonly { readonly toSeconds: number; readonly landedSeconds: number; readonly ok: boolean }[]
  /** Heights of the ladder, lowest first; empty for sound without picture. */
  readonly rungs: readonly number[]
  /** Up and down again: 2 × rungs − 1 when each was shown. */
  readonly rungsShown: number
  /** Heights of picture that the decoder put out. */
  readonly levelsSeen: readonly number[]
  readonly decodedFrames: number
  readonly droppedFrames: number
}

const require = createRequire(import.meta.url)
const LIBRARIES = {
  hls: 'hls.js/dist/hls.min.js',
  shaka: 'shaka-player/dist/shaka-player.compiled.js',
} as const

/**
 * Plays a master playlist or an MPD in a browser: from the start, seeking about, up and down the ladder, to the end. The
 * small page it does so in has the origin of the media.
 */
export async function playThrough(page: Page, url: string, options: PlaybackOptions): Promise<PlaybackReport> {
  const task: PlaybackTask = { playSeconds: 2, seekShares: [0.5, 0.9, 0.25, 0], ...options, url }
  const address = new URL('/playback-test-page', url).href
  await page.route(address, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: '<!doctype html><title>Playback</title><video muted playsinline></video>',
    }),
  )
  await page.goto(address)
  await page.addScriptTag({ path: require.resolve(LIBRARIES[task.engine]) })
  const script = await readFile(join(import.meta.dirname, 'client/playback-page.ts'), 'utf8')
  await page.addScriptTag({ content: stripTypeScriptTypes(script), type: 'module' })
  await page.waitForFunction('typeof window.playThrough === "function"')
  const report = await page.evaluate<PlaybackReport>(`window.playThrough(${JSON.stringify(task)})`)
  await page.unroute(address)
  return report
}
