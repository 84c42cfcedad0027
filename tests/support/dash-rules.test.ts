import { beforeAll, expect, test } from 'vitest'
import { writeMpd } from '../../server/stream/packaging/dash.ts'
import { dashViolations } from './dash-rules.ts'
import type { Violation } from './hls-rules.ts'
import { palSample, type PackagedSample } from './packaged-sample.ts'

let sample: PackagedSample
beforeAll(async () => {
  sample = await palSample()
})

async function judge(change: (files: Map<string, Buffer>) => void): Promise<Violation[]> {
  const files = new Map(sample.files)
  change(files)
  return dashViolations((path) => {
    const bytes = files.get(path)
    if (bytes === undefined) throw new Error(`No file ${path}`)
    return { bytes }
  }, 'manifest.mpd')
}

const edit =
  (from: string | RegExp, to: string) =>
  (files: Map<string, Buffer>): void => {
    const before = files.get('manifest.mpd')?.toString() ?? ''
    const after = before.replace(from, to)
    if (after === before) throw new Error(`The MPD has no ${String(from)}`)
    files.set('manifest.mpd', Buffer.from(after))
  }

test('what we package breaks no rule', async () => {
  expect(await judge(() => undefined)).toEqual([])
})

test('a storyboard joins as an image set', async () => {
  const board = { columns: 5, rows: 1, tileWidth: 160, tileHeight: 90, intervalMs: 3000, durationMs: 14_280 }
  const mpd = writeMpd(sample.presentation, { ...board, uri: 'storyboard.jpg', sizeBytes: 1000 })
  const withBoard = await judge((files) => {
    files.set('manifest.mpd', Buffer.from(mpd))
    files.set('storyboard.jpg', Buffer.from([0xff, 0xd8]))
  })
  expect(withBoard).toEqual([])
  expect(await judge((files) => files.set('manifest.mpd', Buffer.from(mpd)))).toHaveLength(1)
})

const planted: readonly [rule: string, what: string, change: (files: Map<string, Buffer>) => void][] = [
  ['5.3.1', 'XML that is not closed', edit('</MPD>', '')],
  ['5.3.1', 'an attribute told twice', edit('type="static"', 'type="static" type="static"')],
  ['5.3.1.2', 'a dynamic MPD', edit('type="static"', 'type="dynamic"')],
  ['5.3.1.2', 'a rounded duration', edit(/mediaPresentationDuration="[^"]*"/, 'mediaPresentationDuration="PT14.3S"')],
  ['5.3.1.2', 'segments longer than told', edit(/maxSegmentDuration="[^"]*"/, 'maxSegmentDuration="PT5.9S"')],
  ['5.3.1.3', 'a foreign namespace', edit('schema:mpd:2011', 'schema:mpd:2012')],
  ['8.1', 'no profile', edit('isoff-live', 'isoff-dead')],
  ['5.3.3.2', 'sound without a language', edit(' lang="und"', '')],
  ['5.3.3.2', 'no SAP', edit('startWithSAP="1"', 'startWithSAP="0"')],
  ['5.3.3.2', 'representations cut apart', edit(/<S t="0" d="150000" r="1"\/>/, '<S t="0" d="150000"/>')],
  ['5.3.5.2', 'a nominal bandwidth', edit(/bandwidth="\d+"/, 'bandwidth="9000000"')],
  ['5.3.7.2', 'other codecs', edit('avc1.64', 'avc1.4d')],
  ['5.3.7.2', 'another size', edit('width="160"', 'width="161"')],
  ['5.8.5.4', 'a channel too many', edit('2011" value="2"', '2011" value="6"')],
  ['5.3.9.2', 'another timescale', edit('timescale="25000"', 'timescale="50000"')],
  ['5.3.9.6', 'a segment of another length', edit('d="150000"', 'd="150001"')],
  ['5.3.1', 'a missing segment', (files) => void files.delete('low/2.m4s')],
]

test.each(planted)('%s: %s is reported', async (rule, _, change) => {
  expect((await judge(change)).map((violation) => violation.rule)).toContain(rule)
})
