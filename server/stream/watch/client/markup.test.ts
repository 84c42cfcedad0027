import fc from 'fast-check'
import { expect, test } from 'vitest'
import { escapeHtml, jsonForScript } from './escape.ts'
import { watchMarkup } from './markup.ts'
import { aspectOf, isWatchedVideo, type WatchedVideo, watched } from './video.ts'

const video: WatchedVideo = {
  ...{ id: '1', title: 'A film', description: 'Words', visibility: 'public', state: 'ready', playable: true },
  ...{ progress: 1, failure: null, durationMs: 240_000, width: 1920, height: 1080, frameRate: '25/1' },
  playback: { hlsUrl: '/media/1/master.m3u8', posterUrl: '/media/1/poster.jpg', storyboardUrl: null },
  createdAt: '2026-11-20T08:00:00Z',
}

test('no text of a person can become markup', () => {
  fc.assert(fc.property(fc.string(), (text) => !/[<>"']/.test(escapeHtml(text))))
  const tagsOf = (html: string): string[] => html.match(/<[a-z/!][^\s>]*/g) ?? []
  fc.assert(
    fc.property(fc.string(), fc.string(), (noise, more) => {
      const title = `a"'>${noise}<script>`
      const description = `x<img src=x onerror=alert(1)>${more}`
      const plain = tagsOf(watchMarkup(video))
      return tagsOf(watchMarkup({ ...video, title, description })).join() === plain.join()
    }),
  )
})

test('data in a script block cannot end it, and comes out as it went in', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = jsonForScript({ value, more: '</script><!--\u2028' })
      return !/[<\u2028\u2029]/.test(text) && JSON.stringify(JSON.parse(text).value) === JSON.stringify(value)
    }),
  )
})

test('an upright video keeps its shape, and one without picture gets that of a screen', () => {
  expect(aspectOf({ width: 1080, height: 1920 })).toBe(0.5625)
  expect(aspectOf({ width: null, height: null })).toBe(16 / 9)
  expect(aspectOf({ width: 10_000, height: 1 })).toBe(4)
})

test('only what the page shows travels in it', () => {
  const captions = [{ language: 'en', url: '/media/1/captions.vtt' }]
  const told = { ...video.playback, dashUrl: 'x', captions: captions.map((each) => ({ ...each, key: 'secret' })) }
  const more = { ...video, workspaceId: 'secret', renditions: [], playback: told }
  expect(watched(more as unknown as WatchedVideo)).toEqual({ ...video, playback: { ...video.playback, captions } })
})

test('what is no video of ours is not taken for one', () => {
  expect(isWatchedVideo(video)).toBe(true)
  const others = [null, 'text', {}, { ...video, playback: { hlsUrl: 5 } }, { ...video, progress: '1' }, []]
  expect(others.map(isWatchedVideo)).toEqual(others.map(() => false))
})
