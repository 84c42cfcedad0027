import { formatRational } from '#kernel/rational.ts'
import {
  languageTag,
  rungBitrates,
  targetSeconds,
  totalTicks,
  type AudioRung,
  type MeasuredSegment,
  type Presentation,
  type VideoRung,
} from './presentation.ts'
import type { Storyboard } from './storyboard.ts'

/**
 * The MPD of a complete presentation (ISO/IEC 23009-1): static, one period, the live and the CMAF profile, the same files
 * as HLS. Timelines begin at 0 and segments are numbered from 0. `storyboard`, when given, becomes an image adaptation
 * set (DASH-IF IOP §6.2.6); its grid then stands for `columns × rows × intervalMs`.
 * @throws RangeError when the presentation is not complete
 */
export function writeMpd(presentation: Presentation, storyboard: Storyboard | null): string {
  if (!presentation.isComplete) throw new RangeError('An MPD is written of what is complete')
  const { video, audio } = presentation
  const rungs = [...video, ...audio]
  const lengths = rungs.map(({ segments, timescale }) => totalTicks(segments) / timescale)
  const longest = rungs.flatMap(({ segments, timescale }) => segments.map((each) => each.durationTicks / timescale))
  const sounds = [...Map.groupBy(audio, ({ language, channels }) => `${languageTag(language)} ${channels}`).values()]
  const sets = [
    videoSet(presentation, '0'),
    ...sounds.map((rungsOfOne, index) => audioSet(rungsOfOne, presentation, String(index + 1))),
    ...(storyboard === null ? [] : [imageSet(storyboard, String(sounds.length + 1))]),
  ]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    ...element(
      'MPD',
      {
        xmlns: 'urn:mpeg:dash:schema:mpd:2011',
        type: 'static',
        profiles: 'urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019',
        mediaPresentationDuration: duration(max(lengths)),
        maxSegmentDuration: duration(max(longest)),
        minBufferTime: duration(targetSeconds(presentation)),
      },
      element('Period', { id: '0', start: 'PT0S' }, sets.flat()),
    ),
    '',
  ].join('\n')
}

function videoSet(presentation: Presentation, id: string): string[] {
  const { video } = presentation
  const attributes = {
    id,
    contentType: 'video',
    mimeType: 'video/mp4',
    segmentAlignment: 'true',
    startWithSAP: '1',
    maxWidth: String(max(video.map(({ width }) => width))),
    maxHeight: String(max(video.map(({ height }) => height))),
  }
  return element('AdaptationSet', attributes, [
    ...role('main'),
    ...video.flatMap((rung) =>
      element(
        'Representation',
        {
          ...described(rung, presentation),
          width: String(rung.width),
          height: String(rung.height),
          frameRate: rung.frameRate.den === 1 ? String(rung.frameRate.num) : formatRational(rung.frameRate),
          sar: '1:1',
        },
        template(rung, presentation),
      ),
    ),
  ])
}

/** Renditions of one sound, which a player may switch between: same language, same channels. */
function audioSet(rungs: readonly AudioRung[], presentation: Presentation, id: string): string[] {
  const attributes = {
    id,
    contentType: 'audio',
    mimeType: 'audio/mp4',
    lang: languageTag(rungs[0]?.language ?? null),
    segmentAlignment: 'true',
    startWithSAP: '1',
  }
  const representations = rungs.map((rung) => {
    const channels = {
      schemeIdUri: 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011',
      value: String(rung.channels),
    }
    return element('Representation', { ...described(rung, presentation), audioSamplingRate: String(rung.timescale) }, [
      ...element('AudioChannelConfiguration', channels),
      ...template(rung, presentation),
    ])
  })
  return element('AdaptationSet', attributes, [...role('main'), ...representations.flat()])
}

function imageSet(board: Storyboard, id: string): string[] {
  const { columns, rows, tileWidth, tileHeight, intervalMs, sizeBytes, uri } = board
  const shownMs = columns * rows * intervalMs
  const attributes = {
    id: 'storyboard',
    bandwidth: String(Math.max(1, Math.ceil((sizeBytes * 8000) / shownMs))),
    width: String(columns * tileWidth),
    height: String(rows * tileHeight),
  }
  const tiles = { schemeIdUri: 'http://dashif.org/guidelines/thumbnail_tile', value: `${columns}x${rows}` }
  return element('AdaptationSet', { id, contentType: 'image', mimeType: 'image/jpeg' }, [
    ...element('SegmentTemplate', { media: uri, timescale: '1000', duration: String(shownMs), startNumber: '0' }),
    ...element('Representation', attributes, element('EssentialProperty', tiles)),
  ])
}

function role(value: string): string[] {
  return element('Role', { schemeIdUri: 'urn:mpeg:dash:role:2011', value })
}

function described(rung: VideoRung | AudioRung, presentation: Presentation): Record<string, string> {
  return { id: rung.id, codecs: rung.codecs, bandwidth: String(rungBitrates(rung, presentation).peak) }
}

function template(rung: VideoRung | AudioRung, { names }: Presentation): string[] {
  const attributes = {
    timescale: String(rung.timescale),
    initialization: names.init(rung.id),
    media: names.segment(rung.id, '$Number$'),
    startNumber: '0',
  }
  return element('SegmentTemplate', attributes, element('SegmentTimeline', {}, timeline(rung.segments)))
}

/** Segments of one length are one `S`, repeated (§5.3.9.6). */
function timeline(segments: readonly MeasuredSegment[]): string[] {
  const runs: { ticks: number; count: number }[] = []
  for (const { durationTicks } of segments) {
    const last = runs.at(-1)
    if (last?.ticks === durationTicks) last.count += 1
    else runs.push({ ticks: durationTicks, count: 1 })
  }
  return runs.flatMap(({ ticks, count }, index) =>
    element('S', {
      ...(index === 0 ? { t: '0' } : {}),
      d: String(ticks),
      ...(count > 1 ? { r: String(count - 1) } : {}),
    }),
  )
}

/** `PT12.012S`, rounded up to a microsecond: never shorter than what it bounds. */
function duration(seconds: number): string {
  // The product of a float is a hair off; what is within a nanosecond of a microsecond is that microsecond.
  const micros = Math.ceil(seconds * 1_000_000 - 0.001)
  const fraction = String(micros % 1_000_000)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `PT${Math.floor(micros / 1_000_000)}${fraction === '' ? '' : `.${fraction}`}S`
}

function max(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0)
}

/** An element on a line of its own, with its children indented. */
function element(
  name: string,
  attributes: Readonly<Record<string, string>>,
  children: readonly string[] = [],
): string[] {
  const told = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(value)}"`)
  const opening = `<${name}${told.join('')}`
  return children.length === 0
    ? [`${opening}/>`]
    : [`${opening}>`, ...children.map((line) => `  ${line}`), `</${name}>`]
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
