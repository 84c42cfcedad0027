import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rational } from '#kernel/rational.ts'
import { writeMpd } from './dash.ts'
import { variantBitrates, writeIFrames, writeMaster, writeMedia } from './hls.ts'
import {
  fileNames,
  languageTag,
  measureBitrates,
  targetSeconds,
  type AudioRung,
  type Presentation,
  type VideoRung,
} from './presentation.ts'
import { storyboardTiles, storyboardVtt } from './storyboard.ts'

const planned = { average: 1_900_000, peak: 2_500_000 }

function videoRung(id: string, sizeBytes: number, over: Partial<VideoRung> = {}): VideoRung {
  const keyframes = [0, 1, 2].map((index) => ({ offset: 28 + index * 1000, size: 500, durationTicks: 60_060 }))
  return {
    ...{ id, codecs: 'avc1.64001f', width: 1280, height: 720, frameRate: rational(30_000, 1001), timescale: 30_000 },
    ...{ segments: [0, 1].map(() => ({ sizeBytes, durationTicks: 180_180, keyframes })), planned, audioId: 'high' },
    ...over,
  }
}

function audioRung(id: string, over: Partial<AudioRung> = {}): AudioRung {
  const segments = [288_768, 287_808].map((durationTicks) => ({ sizeBytes: 96_000, durationTicks }))
  const described = { codecs: 'mp4a.40.2', channels: 2, timescale: 48_000, name: 'Original', language: null }
  return { id, ...described, segments, planned: { average: 128_000, peak: 140_000 }, ...over }
}

function film(over: Partial<Presentation> = {}): Presentation {
  const video = [videoRung('v1080', 4_500_000), videoRung('v720', 1_500_000), videoRung('v240', 90_000)]
  const segmentSeconds = rational(6006, 1000)
  return { video, audio: [audioRung('high')], isComplete: true, segmentSeconds, names: fileNames, ...over }
}

test('a finished master tells what was measured, the variant near 2000 kbit/s first', () => {
  const lines = writeMaster(film()).split('\n')
  expect(lines.slice(0, 6)).toEqual([
    '#EXTM3U',
    '#EXT-X-VERSION:7',
    '#EXT-X-INDEPENDENT-SEGMENTS',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="high",NAME="Original",LANGUAGE="und",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="high/playlist.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=2126088,AVERAGE-BANDWIDTH=2125875,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,VIDEO-RANGE=SDR,FRAME-RATE=29.970,CLOSED-CAPTIONS=NONE,AUDIO="high"',
    'v720/playlist.m3u8',
  ])
  expect(lines.filter((line) => line.endsWith('/playlist.m3u8'))).toEqual([
    'v720/playlist.m3u8',
    'v240/playlist.m3u8',
    'v1080/playlist.m3u8',
  ])
  expect(lines.filter((line) => line.startsWith('#EXT-X-I-FRAME-STREAM-INF'))).toHaveLength(3)
})

test('while encoding goes on the master tells what is planned, whatever is measured', () => {
  const early = writeMaster(film({ isComplete: false }))
  const video = [videoRung('v1080', 1), videoRung('v720', 1), videoRung('v240', 1, { segments: [] })]
  expect(writeMaster(film({ isComplete: false, video }))).toBe(early)
  expect(early).toContain('BANDWIDTH=2640000,AVERAGE-BANDWIDTH=2028000')
  expect(early).not.toContain('I-FRAME')
})

test('a finished playlist is VOD and ends', () => {
  expect(writeMedia(film(), 'high')).toBe(
    [
      ...['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS', '#EXT-X-TARGETDURATION:6'],
      ...['#EXT-X-MEDIA-SEQUENCE:0', '#EXT-X-PLAYLIST-TYPE:VOD', '#EXT-X-MAP:URI="init.mp4"'],
      ...['#EXTINF:6.016000,', '0.m4s', '#EXTINF:5.996000,', '1.m4s', '#EXT-X-ENDLIST', ''],
    ].join('\n'),
  )
})

test('a growing playlist is EVENT, does not end, and only grows', () => {
  const whole = videoRung('v720', 1000)
  const before = writeMedia(
    film({ isComplete: false, video: [{ ...whole, segments: whole.segments.slice(0, 1) }] }),
    'v720',
  )
  const after = writeMedia(film({ isComplete: false, video: [whole] }), 'v720')
  expect(before).toContain('#EXT-X-PLAYLIST-TYPE:EVENT\n')
  expect(before).not.toContain('ENDLIST')
  expect(after.startsWith(before)).toBe(true)
})

test('an I-frame playlist names the byte range and the time of every key frame', () => {
  const playlist = writeIFrames(film(), 'v240')
  expect(playlist).toContain('#EXT-X-TARGETDURATION:2\n')
  expect(playlist).toContain('#EXT-X-I-FRAMES-ONLY\n')
  expect(playlist).toContain('#EXTINF:2.002000,\n#EXT-X-BYTERANGE:500@1028\n0.m4s\n')
  expect(playlist.match(/#EXTINF/g)).toHaveLength(6)
})

test('any run of EXTINF is true to a microsecond', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 400_000 }), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(lengths, fc.constantFrom(24_000, 30_000, 44_100, 48_000, 90_000), (ticks, timescale) => {
      const segments = ticks.map((durationTicks) => ({ sizeBytes: 1, durationTicks }))
      const playlist = writeMedia(film({ audio: [audioRung('high', { segments, timescale })] }), 'high')
      const told = [...playlist.matchAll(/#EXTINF:([\d.]+),/g)].map(([, seconds]) => Number(seconds))
      let [sum, real] = [0, 0]
      for (const [index, seconds] of told.entries()) {
        sum += seconds
        real += (ticks[index] ?? 0) / timescale
        expect(sum - real).toBeGreaterThan(-1e-8)
        expect(sum - real).toBeLessThan(1.01e-6)
      }
    }),
  )
})

test('the peak is the worst run of half to one and a half target durations', () => {
  const segments = [600, 600, 6000, 600].map((sizeBytes) => ({ sizeBytes, durationTicks: 6 }))
  expect(measureBitrates(segments, 1, 6)).toEqual({ average: 2600, peak: 8000 })
  const shortEnd = [...segments, { sizeBytes: 5000, durationTicks: 1 }]
  expect(measureBitrates(shortEnd, 1, 6).peak).toBe(8000)
  expect(measureBitrates([{ sizeBytes: 100, durationTicks: 1 }], 1, 6)).toEqual({ average: 800, peak: 800 })
})

test('a variant needs the peaks of picture and sound together', () => {
  const one = film()
  const [rung] = one.video
  if (rung === undefined) throw new Error('No rung')
  const silent = variantBitrates({ ...rung, audioId: null }, one)
  expect(variantBitrates(rung, one).peak).toBe(silent.peak + Math.ceil((96_000 * 8 * 48_000) / 287_808))
})

test('the target duration comes from the plan and from the longest segment of any rung', () => {
  expect(targetSeconds(film({ video: [], audio: [] }))).toBe(6)
  const long = audioRung('high', { segments: [{ sizeBytes: 1, durationTicks: 480_000 }] })
  expect(targetSeconds(film({ audio: [long] }))).toBe(10)
})

test('sound beside no picture is a variant of its own at the end, and none of a silent video', () => {
  const audio = [audioRung('high'), audioRung('low')]
  const variants = writeMaster(film({ audio }))
    .split('\n')
    .filter((line) => line.startsWith('#EXT-X-STREAM-INF'))
  expect(variants.at(-1)).toMatch(/^#EXT-X-STREAM-INF:BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="mp4a.40.2",CLOSED/)
  expect(variants.slice(0, -1).every((line) => line.endsWith('AUDIO="high"'))).toBe(true)
})

test('a silent video has no audio group and no audio codec', () => {
  const master = writeMaster(film({ video: [videoRung('v720', 1000, { audioId: null })] }))
  expect(master).not.toContain('AUDIO')
  expect(master).toContain('CODECS="avc1.64001f"')
})

test('names and languages from outside cannot break out of their attribute', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, language) => {
      const audio = [audioRung('high', { name, language })]
      const master = writeMaster(film({ audio }))
      expect(master.split('\n')).toHaveLength(writeMaster(film()).split('\n').length)
      expect(/NAME="[^"]+",LANGUAGE="[\w-]+",DEFAULT=YES/.test(master)).toBe(true)
      expect(writeMpd(film({ audio }), null)).toMatch(/ lang="[\w-]+"/)
    }),
  )
  expect(languageTag('de-CH')).toBe('de-CH')
  expect(languageTag('de"\n')).toBe('und')
})

test('a rung or group that is not there is refused', () => {
  expect(() => writeMedia(film(), 'v4320')).toThrow(RangeError)
  expect(() => writeIFrames(film(), 'high')).toThrow(RangeError)
  expect(() => writeMaster(film({ audio: [] }))).toThrow(RangeError)
})

test('the MPD is exact where FFmpeg rounds', () => {
  const mpd = writeMpd(film(), null)
  expect(mpd).toContain('mediaPresentationDuration="PT12.012S" maxSegmentDuration="PT6.016S" minBufferTime="PT6S"')
  expect(mpd).toContain('<S t="0" d="180180" r="1"/>')
  expect(mpd).toContain('<S t="0" d="288768"/>')
  expect(mpd).toContain('frameRate="30000/1001"')
  expect(() => writeMpd(film({ isComplete: false }), null)).toThrow(RangeError)
})

test('renditions of one sound are one adaptation set, other languages another', () => {
  const audio = [audioRung('high'), audioRung('low'), audioRung('de', { language: 'de' })]
  expect(writeMpd(film({ audio }), null).match(/contentType="audio"/g)).toHaveLength(2)
})

test('a storyboard cue names its rectangle, and the last one lasts to the end', () => {
  const grid = { uri: 'storyboard.jpg', columns: 2, rows: 2, tileWidth: 160, tileHeight: 90, sizeBytes: 1 }
  const tiles = storyboardTiles({ ...grid, intervalMs: 2000, durationMs: 5250 })
  expect(storyboardVtt(tiles, 'storyboard.jpg')).toBe(
    [
      'WEBVTT\n',
      '00:00:00.000 --> 00:00:02.000\nstoryboard.jpg#xywh=0,0,160,90\n',
      '00:00:02.000 --> 00:00:04.000\nstoryboard.jpg#xywh=160,0,160,90\n',
      '00:00:04.000 --> 00:00:05.250\nstoryboard.jpg#xywh=0,90,160,90\n',
    ].join('\n'),
  )
  expect(storyboardTiles({ ...grid, intervalMs: 1000, durationMs: 3_600_000 }).at(-1)).toMatchObject({
    startMs: 3000,
    endMs: 3_600_000,
  })
  expect(() => storyboardVtt(tiles, 'a b.jpg\n')).toThrow(RangeError)
})
