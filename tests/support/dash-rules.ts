import { posix } from 'node:path'
import type { Fetch, Violation } from './hls-rules.ts'
import { initFacts, segmentFacts, type InitFacts } from './media-facts.ts'
import { childrenNamed, parseXml, type XmlElement } from './strict-xml.ts'

type Report = (rule: string, where: string, holds: boolean, detail: string) => void

/** A segment as the timeline tells it. */
interface TimelineSegment {
  readonly startTicks: number
  readonly durationTicks: number
}

/** What is measured of a representation. */
interface Measured {
  readonly seconds: number
  readonly longestSeconds: number
  readonly cuts: string
}

/**
 * Reads a static MPD and every file it names, and tells what does not agree with ISO/IEC 23009-1 (`rule` is a section) or
 * with what we promise (`house`); empty when nothing.
 */
export async function dashViolations(fetch: Fetch, mpdPath: string): Promise<Violation[]> {
  const violations: Violation[] = []
  const report: Report = (rule, where, holds, detail) => {
    if (!holds) violations.push({ rule, where, detail })
  }
  try {
    const { bytes, headers } = await fetch(mpdPath)
    const type = headers?.['content-type']?.split(';')[0]
    report('C.1', mpdPath, type === undefined || type === 'application/dash+xml', `served as ${type}`)
    const mpd = parseXml(bytes.toString())
    checkMpd(mpd, mpdPath, report)
    const measured: Measured[] = []
    for (const set of childrenNamed(childrenNamed(mpd, 'Period')[0] ?? mpd, 'AdaptationSet')) {
      measured.push(...(await checkSet(fetch, mpdPath, set, report)))
    }
    const told = isoSeconds(mpd.attributes.get('mediaPresentationDuration'))
    for (const { seconds, longestSeconds } of measured) {
      report(
        '5.3.1.2',
        mpdPath,
        Math.abs(told - seconds) < 0.001,
        `lasts ${told} s by the MPD, ${seconds} by its timelines`,
      )
      const bound = isoSeconds(mpd.attributes.get('maxSegmentDuration'))
      report('5.3.1.2', mpdPath, bound >= longestSeconds - 1e-9, `maxSegmentDuration ${bound} < ${longestSeconds}`)
    }
    report('5.3.1.2', mpdPath, measured.length > 0, 'nothing to play')
  } catch (error) {
    report('5.3.1', mpdPath, false, `unreadable: ${error instanceof Error ? error.message : String(error)}`)
  }
  return violations
}

function checkMpd(mpd: XmlElement, path: string, report: Report): void {
  const { attributes } = mpd
  report('5.3.1.3', path, mpd.name === 'MPD', `root is ${mpd.name}`)
  report('5.3.1.3', path, attributes.get('xmlns') === 'urn:mpeg:dash:schema:mpd:2011', 'not the namespace of MPD')
  report('5.3.1.2', path, attributes.get('type') === 'static', 'not static')
  const profiles = attributes.get('profiles')?.split(',') ?? []
  report('8.1', path, profiles.includes('urn:mpeg:dash:profile:isoff-live:2011'), `profiles are ${profiles.join()}`)
  report('5.3.1.2', path, isoSeconds(attributes.get('minBufferTime')) > 0, 'no minBufferTime')
  report('5.3.2', path, childrenNamed(mpd, 'Period').length === 1, 'not one period')
}

async function checkSet(fetch: Fetch, mpdPath: string, set: XmlElement, report: Report): Promise<Measured[]> {
  const kind = set.attributes.get('contentType') ?? ''
  const representations = childrenNamed(set, 'Representation')
  report('5.3.3.2', kind, representations.length > 0, 'no representation')
  if (kind === 'image') {
    await checkImages(fetch, mpdPath, set, report)
    return []
  }
  report('5.3.3.2', kind, set.attributes.get('mimeType') === `${kind}/mp4`, `mimeType is not ${kind}/mp4`)
  report('5.3.3.2', kind, set.attributes.get('startWithSAP') === '1', 'startWithSAP is not 1')
  const language = set.attributes.get('lang')
  report('5.3.3.2', kind, kind !== 'audio' || /^[A-Za-z]{2,8}(-\w+)*$/.test(language ?? ''), 'sound without lang')
  const measured: Measured[] = []
  for (const one of representations) measured.push(await checkRepresentation(fetch, mpdPath, kind, one, report))
  const isAligned = new Set(measured.map(({ cuts }) => cuts)).size === 1
  report('5.3.3.2', kind, set.attributes.get('segmentAlignment') === 'true' && isAligned, 'segments are not aligned')
  return measured
}

async function checkRepresentation(
  fetch: Fetch,
  mpdPath: string,
  kind: string,
  representation: XmlElement,
  report: Report,
): Promise<Measured> {
  const { attributes } = representation
  const id = attributes.get('id') ?? '?'
  const [template] = childrenNamed(representation, 'SegmentTemplate')
  if (template === undefined) throw new Error(`${id} has no SegmentTemplate`)
  const get = async (uri: string | undefined): Promise<Buffer> => {
    const { bytes, wasRedirected } = await fetch(posix.join(posix.dirname(mpdPath), uri ?? ''))
    report('house', id, wasRedirected !== true, `${uri} is redirected`)
    return bytes
  }
  const init = initFacts(await get(template.attributes.get('initialization')))
  checkDescription(representation, init, kind, id, report)
  const timescale = Number(template.attributes.get('timescale'))
  report('5.3.9.2', id, timescale === init.timescale, `timescale ${timescale}, the media has ${init.timescale}`)
  const timeline = readTimeline(template)
  const startNumber = Number(template.attributes.get('startNumber') ?? 1)
  let [bits, fastest] = [0, 0]
  for (const [index, { startTicks, durationTicks }] of timeline.entries()) {
    const bytes = await get(template.attributes.get('media')?.replace('$Number$', String(startNumber + index)))
    const fragments = segmentFacts(bytes)
    const where = `${id} segment ${index}`
    const ticks = fragments.reduce((sum, fragment) => sum + fragment.durationTicks, 0)
    const begins = (fragments[0]?.presentationTicks ?? Number.NaN) - init.editTicks
    report('5.3.9.6', where, begins === startTicks, `is shown from ${begins} on, S says ${startTicks}`)
    report('5.3.9.6', where, ticks === durationTicks, `lasts ${ticks}, S says ${durationTicks}`)
    report('5.3.3.2', where, kind !== 'video' || fragments[0]?.beginsWithIdr === true, 'does not begin with a SAP')
    bits += bytes.length * 8
    fastest = Math.max(fastest, (bytes.length * 8 * timescale) / durationTicks)
  }
  const lengths = timeline.map(({ durationTicks }) => durationTicks / timescale)
  const seconds = lengths.reduce((a, b) => a + b, 0)
  const bandwidth = Number(attributes.get('bandwidth'))
  const isMeasured = bandwidth >= (bits / seconds) * 0.999 && bandwidth <= fastest * 1.1
  report('5.3.5.2', id, isMeasured, `bandwidth ${bandwidth}, average ${bits / seconds}, fastest segment ${fastest}`)
  const cuts = timeline.map(({ startTicks }) => startTicks).join()
  return { seconds, longestSeconds: Math.max(...lengths), cuts }
}

function checkDescription(representation: XmlElement, init: InitFacts, kind: string, id: string, report: Report): void {
  const { attributes } = representation
  report('5.3.7.2', id, init.kind === kind && init.trackCount === 1, `holds ${init.trackCount} tracks, ${init.kind}`)
  report('5.3.7.2', id, attributes.get('codecs') === init.codecs, `codecs are ${init.codecs}`)
  if (kind === 'audio') {
    const [channels] = childrenNamed(representation, 'AudioChannelConfiguration')
    report('5.8.5.4', id, channels?.attributes.get('value') === String(init.channels), `has ${init.channels} channels`)
    report('5.3.7.2', id, attributes.get('audioSamplingRate') === String(init.timescale), 'another sampling rate')
    return
  }
  const size = `${attributes.get('width')}x${attributes.get('height')}`
  report('5.3.7.2', id, size === `${init.width}x${init.height}`, `is ${init.width}x${init.height}, not ${size}`)
  report('5.3.7.2', id, /^\d+(\/\d+)?$/.test(attributes.get('frameRate') ?? ''), 'no frameRate')
}

function readTimeline(template: XmlElement): TimelineSegment[] {
  const [timeline] = childrenNamed(template, 'SegmentTimeline')
  if (timeline === undefined) throw new Error('No SegmentTimeline')
  const segments: TimelineSegment[] = []
  let next = 0
  for (const { attributes } of childrenNamed(timeline, 'S')) {
    const [durationTicks, repeats] = [Number(attributes.get('d')), Number(attributes.get('r') ?? 0)]
    next = Number(attributes.get('t') ?? next)
    if (!(durationTicks > 0) || !(repeats >= 0 && repeats < 100_000)) throw new Error('A faulty S')
    for (let count = 0; count <= repeats; count += 1) {
      segments.push({ startTicks: next, durationTicks })
      next += durationTicks
    }
  }
  return segments
}

async function checkImages(fetch: Fetch, mpdPath: string, set: XmlElement, report: Report): Promise<void> {
  const [template] = childrenNamed(set, 'SegmentTemplate')
  const tiles = set.children.flatMap(({ children }) => children).find(({ name }) => name === 'EssentialProperty')
  report('DASH-IF 6.2.6', 'image', /^\d+x\d+$/.test(tiles?.attributes.get('value') ?? ''), 'no thumbnail_tile')
  const uri = template?.attributes.get('media') ?? ''
  const { bytes } = await fetch(posix.join(posix.dirname(mpdPath), uri))
  report('DASH-IF 6.2.6', uri, bytes.readUInt16BE(0) === 0xffd8, 'is no JPEG')
}

/** Seconds of an xs:duration of hours, minutes and seconds; NaN when it is none. */
function isoSeconds(text: string | undefined): number {
  const match = /^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?$/.exec(text ?? '')
  if (match === null) return Number.NaN
  return Number(match[1] ?? 0) * 3600 + Number(match[2] ?? 0) * 60 + Number(match[3] ?? 0)
}
