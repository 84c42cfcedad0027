import { expect, test } from 'vitest'
import { clipList } from './command.ts'
import { findingsOf } from './findings.ts'
import { parseLoudness } from './loudness.ts'

const good = { frames: 600, width: 1280, height: 720, loudness: { integratedLufs: -14.2, truePeakDb: -1.8 }, log: '' }
const expected = { frames: 600, width: 1280, height: 720 }

test('a good film has no findings', () => {
  expect(findingsOf(good, expected)).toEqual([])
})

test('each fault is named with its time', () => {
  const log = [
    '[blackdetect @ 0x1] black_start:1.5 black_end:2.7 black_duration:1.2',
    '[freezedetect @ 0x2] lavfi.freezedetect.freeze_start: 4.033333',
    '[freezedetect @ 0x2] lavfi.freezedetect.freeze_end: 7.5',
    '[freezedetect @ 0x2] lavfi.freezedetect.freeze_start: 15',
    '[silencedetect @ 0x3] silence_start: -0.01',
    '[silencedetect @ 0x3] silence_end: 3.2 | silence_duration: 3.2',
  ].join('\n')
  const found = findingsOf({ ...good, frames: 599, loudness: { integratedLufs: -20, truePeakDb: 0.3 }, log }, expected)
  expect(found.map(({ pointer, detail }) => `${pointer}: ${detail}`)).toEqual([
    '/length: it has 599 frames instead of 600',
    '/picture/black: the picture is black from 1.50 s to 2.70 s',
    '/picture/frozen: the picture stands still from 4.03 s to 7.50 s',
    '/picture/frozen: the picture stands still from 15.00 s to 20.00 s',
    '/sound/silent: nothing is heard from 0.00 s to 3.20 s',
    '/sound/loudness: it is -20 LUFS instead of -14 ±1',
    '/sound/peak: its true peak is 0.3 dB, above -1',
  ])
})

test('loudness is read from the summary alone, and silence has none', () => {
  const summary = (i: string, peak: string) =>
    `x I: -99.0 LUFS\nSummary:\n\n  Integrated loudness:\n    I:         ${i} LUFS\n    Threshold: -24.0 LUFS\n  Loudness range:\n    LRA: 1.0 LU\n  True peak:\n    Peak:       ${peak} dBFS\n`
  expect(parseLoudness(summary('-13.9', '-1.6'))).toEqual({ integratedLufs: -13.9, truePeakDb: -1.6 })
  expect(parseLoudness(summary('-70.0', '-inf'))).toEqual({ integratedLufs: null, truePeakDb: null })
})

test('in the list of clips a path with an apostrophe stays one path, and each clip is as long as its frames', () => {
  const list = clipList([
    { path: "/a/it's.mp4", frames: 185 },
    { path: '/b.mp4', frames: 30 },
  ])
  expect(list).toBe(
    "ffconcat version 1.0\nfile '/a/it'\\''s.mp4'\nduration 6.166667\nfile '/b.mp4'\nduration 1.000000\n",
  )
})
