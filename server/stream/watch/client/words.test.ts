import { expect, test } from 'vitest'
import { FailureCode } from '../../videos/schema.ts'
import { actionOf } from './keys.ts'
import { nextWaitMs } from './pace.ts'
import { embedCode, shareUrl } from './share.ts'
import type { WatchedVideo } from './video.ts'
import { standingOf } from './words.ts'

const video: WatchedVideo = {
  ...{ id: '1', title: 'A film', description: '', visibility: 'public', state: 'encoding', playable: true },
  ...{ progress: 0.429, failure: null, durationMs: 240_000, width: 1920, height: 1080, frameRate: '25/1' },
  ...{ playback: null, createdAt: '2026-11-20T08:00:00Z' },
}

test('a video that plays while it is encoded says so, with its share', () => {
  expect(standingOf(video)).toEqual({
    ...{
      phase: 'growing',
      headline: 'Playable now',
      detail: 'The rest of 4:00 is on its way.',
      advice: '',
      percent: 43,
    },
  })
})

test('every failure has words and advice of its own, and an unknown one has some too', () => {
  const standings = [...FailureCode, 'something_new'].map((code) =>
    standingOf({ ...video, state: 'failed', failure: { code, detail: 'inner words' } }),
  )
  expect(new Set(standings.map((standing) => standing.detail)).size).toBe(FailureCode.length + 1)
  expect(standings.every(({ phase, advice }) => phase === 'failed' && advice.startsWith('If it is yours: '))).toBe(true)
  expect(JSON.stringify(standings)).not.toContain('inner words')
})

test('a ready video says nothing', () => {
  expect(standingOf({ ...video, state: 'ready' })).toMatchObject({ phase: 'ready', headline: '', detail: '' })
})

test('a growing video is asked for often at first, then ever less while nothing changes', () => {
  expect([0, 1, 2, 50].map((unchanged) => nextWaitMs(video, unchanged))).toEqual([1000, 1500, 2250, 15_000])
})

test('a finished video is asked for no more, unless its access must be renewed', () => {
  expect(nextWaitMs({ state: 'ready', visibility: 'public' }, 0)).toBeNull()
  expect(nextWaitMs({ state: 'failed', visibility: 'unlisted' }, 0)).toBeNull()
  expect(nextWaitMs({ state: 'ready', visibility: 'private' }, 9)).toBe(20_000)
})

test('keys do what they do elsewhere, whether or not shift lock is on', () => {
  expect([' ', 'k', 'K'].map(actionOf)).toEqual([{ kind: 'toggle' }, { kind: 'toggle' }, { kind: 'toggle' }])
  expect(actionOf('7')).toEqual({ kind: 'jump', share: 0.7 })
  expect(actionOf('.')).toEqual({ kind: 'step', frames: 1 })
  expect([actionOf('q'), actionOf('Escape'), actionOf('constructor')]).toEqual([null, null, null])
})

test('a shared link carries the start time only when one is wanted', () => {
  expect(shareUrl('https://air.example', 'x', null)).toBe('https://air.example/watch/x')
  expect(shareUrl('https://air.example', 'x', 83.9)).toBe('https://air.example/watch/x?t=83')
})

test('the embed code has the shape of the picture', () => {
  expect(embedCode('https://air.example', 'x', 9 / 16)).toContain('width="640" height="1138"')
})
