import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { tempDir } from '#platform/storage/temp.ts'
import { packVideoChunk } from '../../server/stream/packaging/video.ts'
import { hlsViolations, type Fetched, type Violation } from './hls-rules.ts'
import { media, palSample, words, type PackagedSample } from './packaged-sample.ts'

let sample: PackagedSample
beforeAll(async () => {
  sample = await palSample()
})

/** What the rules say of the sample after `change`. */
async function judge(
  change: (files: Map<string, Buffer>) => void,
  answer: (path: string, bytes: Buffer) => Fetched = (_, bytes) => ({ bytes }),
): Promise<Violation[]> {
  const files = new Map(sample.files)
  change(files)
  return hlsViolations((path) => {
    const bytes = files.get(path)
    if (bytes === undefined) throw new Error(`No file ${path}`)
    return answer(path, bytes)
  }, 'master.m3u8')
}

function headersOf(path: string): Record<string, string> {
  const isPlaylist = path.endsWith('.m3u8')
  const type = { 'content-type': isPlaylist ? 'application/vnd.apple.mpegurl' : 'video/mp4' }
  return isPlaylist ? { ...type, 'content-encoding': 'gzip' } : type
}

test('what we package breaks no rule', async () => {
  const answer = (path: string, bytes: Buffer): Fetched => ({ bytes, headers: headersOf(path) })
  expect(await judge(() => undefined, answer)).toEqual([])
})

const edit =
  (path: string, from: string | RegExp, to: string) =>
  (files: Map<string, Buffer>): void => {
    const before = files.get(path)?.toString('latin1') ?? ''
    const after = before.replace(from, to)
    if (after === before) throw new Error(`${path} has no ${String(from)}`)
    files.set(path, Buffer.from(after, 'latin1'))
  }
const first = 'v54/playlist.m3u8'
/** Overwrites bytes at a box's name plus an offset. */
const poke =
  (path: string, box: string, offset: number, hex: string) =>
  (files: Map<string, Buffer>): void => {
    const bytes = Buffer.from(files.get(path) ?? [])
    const at = bytes.indexOf(box, 'latin1')
    if (at < 0) throw new Error(`${path} has no ${box}`)
    Buffer.from(hex, 'hex').copy(bytes, at + offset)
    files.set(path, bytes)
  }

const OTHER_GROUP =
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="other",NAME="Other",LANGUAGE="en",CHANNELS="2",URI="low/playlist.m3u8"'

const planted: readonly [rule: string, what: string, change: (files: Map<string, Buffer>) => void][] = [
  ['1.3b', 'a level above 5.2', poke('v90/init.mp4', 'avcC', 7, '3e')],
  ['1.5', 'parameter sets in the samples', poke('v90/init.mp4', 'avc1', 0, '61766333')],
  ['1.13', 'IDR pictures four seconds apart', edit('v90/1.m4s', /(\x65[\s\S]*)\x65\x88/, '$1\x61\x88')],
  ['1.24', 'no VIDEO-RANGE', edit('master.m3u8', ',VIDEO-RANGE=SDR', '')],
  ['1.26', 'a wrong average', edit('master.m3u8', /AVERAGE-BANDWIDTH=\d/, 'AVERAGE-BANDWIDTH=9')],
  ['1.27', 'a wrong peak', edit('master.m3u8', /:BANDWIDTH=\d/, ':BANDWIDTH=99')],
  ['1.32', 'the wrong variant first', (files) => swapVariants(files)],
  ['2.3', 'no stereo', poke('high/init.mp4', 'mp4a', 20, '0001')],
  ['2.17', 'two tracks in a file', (files) => addTrack(files)],
  ['6.1', 'an I-frame playlist too few', edit('master.m3u8', /#EXT-X-I-FRAME-STREAM-INF.*\n$/, '')],
  ['6.8', 'no I-FRAMES-ONLY', edit('v54/iframes.m3u8', '#EXT-X-I-FRAMES-ONLY\n', '')],
  ['6.10', 'an I-frame stream without range', edit('master.m3u8', /(I-FRAME.*),VIDEO-RANGE=SDR/, '$1')],
  ['6.16', 'a byte range without its moof', edit('v54/iframes.m3u8', /BYTERANGE:(\d+)@28/, 'BYTERANGE:$1@140')],
  ['7.4', 'a segment without IDR at its start', edit('v90/1.m4s', '\x65\x88', '\x61\x88')],
  ['7.5', 'a target above 6', edit(first, 'TARGETDURATION:6', 'TARGETDURATION:7')],
  ['7.7', 'a segment longer than the target', edit(first, 'TARGETDURATION:6', 'TARGETDURATION:5')],
  ['8.1', 'EXTINF off by a tenth', edit(first, 'EXTINF:6.000000', 'EXTINF:6.100000')],
  ['8.2', 'sound with another target', edit('low/playlist.m3u8', 'TARGETDURATION:6', 'TARGETDURATION:7')],
  ['8.6', 'no end', edit(first, '#EXT-X-ENDLIST\n', '')],
  ['8.6', 'an EVENT playlist', edit(first, 'TYPE:VOD', 'TYPE:EVENT')],
  ['8.7', 'sound that ends early', (files) => dropLastSegment(files)],
  ['8.10', 'no LANGUAGE', edit('master.m3u8', ',LANGUAGE="und"', '')],
  ['RFC 8216', 'no EXT-X-MAP', edit(first, /#EXT-X-MAP.*\n/, '')],
  ['9.1', 'codecs of another profile', edit('master.m3u8', 'avc1.64', 'avc1.4d')],
  ['9.2', 'another size', edit('master.m3u8', 'RESOLUTION=1', 'RESOLUTION=2')],
  ['9.9', 'a single variant', edit('master.m3u8', /#EXT-X-STREAM-INF.*\n.*\n/, '')],
  ['9.12', 'no INDEPENDENT-SEGMENTS', edit('master.m3u8', '#EXT-X-INDEPENDENT-SEGMENTS\n', '')],
  ['9.14', 'no average', edit('master.m3u8', /,AVERAGE-BANDWIDTH=\d+/, '')],
  ['9.15', 'no frame rate', edit('master.m3u8', ',FRAME-RATE=25.000', '')],
  ['9.21', 'nothing for cellular', edit('master.m3u8', /BANDWIDTH=\d+/g, 'BANDWIDTH=900000')],
  ['RFC 8216', 'a group that is not there', edit('master.m3u8', 'AUDIO="high"', 'AUDIO="higher"')],
  [
    'RFC 8216',
    'groups with unlike members',
    edit('master.m3u8', '#EXT-X-STREAM-INF', `${OTHER_GROUP}\n#EXT-X-STREAM-INF`),
  ],
  ['9.1', 'another codec of sound alone', edit('master.m3u8', 'CODECS="mp4a.40.2"', 'CODECS="mp4a.40.5"')],
  ['9.15', 'a frame rate of sound alone', edit('master.m3u8', '"mp4a.40.2",CLOSED', '"mp4a.40.2",FRAME-RATE=1,CLOSED')],
  ['RFC 8216', 'a missing segment', (files) => void files.delete('high/1.m4s')],
  ['RFC 8216', 'a truncated segment', (files) => void files.set('v90/1.m4s', Buffer.from([0, 0, 0, 99]))],
  ['RFC 8216', 'variants cut apart', (files) => files.set('v54/1.m4s', files.get('v54/2.m4s') ?? Buffer.alloc(0))],
  ['house', 'a gap in decode times', poke('v90/1.m4s', 'tfdt', 14, 'ffff')],
  ['house', 'sound that begins late', poke('high/0.m4s', 'tfdt', 14, '0400')],
]

test.each(planted)('%s: %s is reported', async (rule, _, change) => {
  expect((await judge(change)).map((violation) => violation.rule)).toContain(rule)
})

test('more than 60 frames a second are reported', async () => {
  const faster = await judge(poke('v54/init.mp4', 'mdhd', 16, '00013880'))
  expect(faster.map(({ rule }) => rule)).toContain('1.19')
})

test('pictures that may be interlaced are reported', async () => {
  await using folder = await tempDir()
  const encode = '-frames:v 50 -c:v libx264 -flags +ildct -pix_fmt yuv420p -force_key_frames expr:eq(mod(n,50),0)'
  const form = '-video_track_timescale 25000 -movflags frag_keyframe+empty_moov+default_base_moof interlaced.mp4'
  await media('ffmpeg', folder.path, words(`-f lavfi -i testsrc2=s=96x64:r=25 ${encode} ${form}`))
  const chunk = {
    frameTicks: 1000,
    startFrame: 0,
    frameCount: 50,
    firstSegment: 0,
    keyframesPerSegment: 1,
    isLast: true,
  }
  const { init } = packVideoChunk(await readFile(join(folder.path, 'interlaced.mp4')), chunk)
  const violations = await judge((files) => void files.set('v54/init.mp4', init))
  expect(violations.map(({ rule }) => rule)).toContain('1.14')
})

test('a peak of more than twice the average is reported', async () => {
  const violations = await judge((files) => {
    const filler = Buffer.alloc(2_000_000)
    filler.writeUInt32BE(filler.length)
    filler.write('free', 4)
    files.set('v54/1.m4s', Buffer.concat([files.get('v54/1.m4s') ?? Buffer.alloc(0), filler]))
  })
  expect(violations.map(({ rule }) => rule)).toContain('1.30')
})

test('transport is judged: redirects, types and compression', async () => {
  const rulesOf = async (answer: (path: string, bytes: Buffer) => Fetched): Promise<string[]> =>
    (await judge(() => undefined, answer)).map(({ rule }) => rule)
  expect(await rulesOf((_, bytes) => ({ bytes, wasRedirected: true }))).toContain('8.18')
  const plain = await rulesOf((_, bytes) => ({ bytes, headers: { 'content-type': 'text/plain' } }))
  expect(plain).toContain('10.1')
  expect(plain).toContain('10.4')
})

function swapVariants(files: Map<string, Buffer>): void {
  const master = files.get('master.m3u8')?.toString() ?? ''
  const [one, two] = [...master.matchAll(/#EXT-X-STREAM-INF.*\n.*\n/g)].map(([text]) => text)
  files.set('master.m3u8', Buffer.from(master.replace(`${one}${two}`, `${two}${one}`)))
}

function addTrack(files: Map<string, Buffer>): void {
  const init = files.get('v54/init.mp4') ?? Buffer.alloc(0)
  const at = init.indexOf('trak') - 4
  const trak = init.subarray(at, at + init.readUInt32BE(at))
  const doubled = Buffer.concat([init, trak])
  const moov = init.indexOf('moov') - 4
  doubled.writeUInt32BE(init.readUInt32BE(moov) + trak.length, moov)
  files.set('v54/init.mp4', doubled)
}

function dropLastSegment(files: Map<string, Buffer>): void {
  const playlist = files.get('high/playlist.m3u8')?.toString() ?? ''
  files.set('high/playlist.m3u8', Buffer.from(playlist.replace(/#EXTINF.*\n2\.m4s\n/, '')))
}
