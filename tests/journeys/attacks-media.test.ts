import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rational } from '#kernel/rational.ts'
import { readBytes } from '#platform/storage/files.ts'
import { type TestApp, testApp } from '#tests/support/app.ts'
import { type Canary, fate, filesBelow, leftovers, openCanary, sendUpload, videoIdOf } from '#tests/support/attacks.ts'
import { makeMedia, numberedVideo, quarterTurn } from '#tests/support/media.ts'

let airdate: TestApp
let canary: Canary
beforeAll(async () => {
  ;[airdate, canary] = await Promise.all([testApp(), openCanary()])
})
afterAll(async () => {
  await airdate[Symbol.asyncDispose]()
  await canary[Symbol.asyncDispose]()
})

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
const picture = (size = '128x72', rate = '25', seconds = '1'): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
]

describe('a file that names others (B1, B2)', () => {
  const hls = (target: string): string => `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n${target}\n#EXT-X-ENDLIST\n`
  const wrapped = (text: string): Buffer =>
    // The text behind boxes that a film begins with: taken for one, it still must lead nowhere.
    Buffer.concat([Buffer.from('000000186674797069736f6d0000020069736f6d6d703432', 'hex'), Buffer.from(text)])
  const files: [string, (canaryUrl: string, victim: string) => string | Buffer][] = [
    ['clip.mp4', () => hls('file:///etc/passwd')],
    ['clip.mov', (_, victim) => hls(`file://${victim}`)],
    ['clip.ts', (_, victim) => hls(victim)],
    ['clip.m3u8', (url) => hls(`${url}/segment.ts`)],
    ['key.m3u8', (url) => hls('a.ts').replace('#EXTINF', `#EXT-X-KEY:METHOD=AES-128,URI="${url}/key"\n#EXTINF`)],
    ['map.mp4', (url) => hls('a.mp4').replace('#EXTINF', `#EXT-X-MAP:URI="${url}/init.mp4"\n#EXTINF`)],
    ['crypto.mp4', (_, victim) => hls(`crypto:${victim}`)],
    ['list.mp4', (_, victim) => `ffconcat version 1.0\nfile '${victim}'\n`],
    ['relative.mp4', () => "ffconcat version 1.0\nfile 'input'\n"],
    ['plain.txt', (_, victim) => `file '${victim}'\n`],
    ['subfile.mp4', (_, victim) => `ffconcat version 1.0\nfile 'subfile,,start,0,end,100,,:${victim}'\n`],
    ['data.mp4', () => "ffconcat version 1.0\nfile 'data:video/mp4;base64,AAAA'\n"],
    [
      'dash.mpd',
      (url) =>
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>${url}/</BaseURL></Period></MPD>`,
    ],
    ['session.sdp', () => 'v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n'],
    [
      'drawing.svg',
      (url) =>
        `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="${url}/x.png"/><image xlink:href="file:///etc/passwd"/></svg>`,
    ],
    ['entity.xml', () => '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><smil>&a;</smil>'],
    [
      'subtitles.ass',
      () => '[Script Info]\n[Events]\nDialogue: 0,0:00:00.00,0:00:05.00,Default,,0,0,0,,{\\fn../../x}a\n',
    ],
    ['page.html', (url) => `<html><script src="${url}/x.js"></script></html>`],
    ['wrapped.mp4', (url) => wrapped(hls(`${url}/segment.ts`))],
    ['wrapped-list.mp4', (_, victim) => wrapped(`ffconcat version 1.0\nfile '${victim}'\n`)],
    ['reference.mov', (url) => referenceMovie(`${url}/film.mov`)],
  ]

  test.each(files)('%s opens none of them', async (filename, text) => {
    const victim = await numberedVideo({ frames: 30, rate: rational(30), extension: 'ts' })
    const content = text(canary.url, victim)
    const video = await fate(airdate, Buffer.from(content), { filename })
    expect(video.state).toBe('failed')
    expect(['unsupported_media', 'corrupt_media', 'no_streams']).toContain(video.failure?.code)
    expect(JSON.stringify(video)).not.toMatch(/root:|passwd|\/tmp|airdate-|victim|ffprobe|ffmpeg/i)
    expect(video).toMatchObject({ playable: false, playback: null, renditions: [] })
    expect(await leftovers(airdate, video.id)).toEqual([])
    expect(canary.hits).toEqual([])
  })

  test.each(['url ', 'alis'] as const)(
    'a film whose samples lie in another file (%s) shows none of that file',
    async (type) => {
      const victim = await makeMedia('own.mp4', [...picture(), ...X264])
      const emptied = Buffer.from(await readBytes(victim))
      const mdat = emptied.indexOf('mdat', 0, 'latin1') - 4
      emptied.fill(0, mdat + 8, mdat + emptied.readUInt32BE(mdat))
      // The same offsets hold pictures there and nothing here: a video that is ready would be the other file's.
      for (const target of [victim, `${canary.url}/film.mp4`]) {
        const video = await fate(airdate, withExternalData(emptied, type, target), { filename: 'elsewhere.mov' })
        expect([video.state, video.failure?.code]).toEqual([
          'failed',
          expect.stringMatching(/^(?:corrupt_media|no_streams)$/),
        ])
        expect(await leftovers(airdate, video.id)).toEqual([])
      }
      expect(canary.hits).toEqual([])
    },
  )

  test('a Matroska file with a font and a picture attached is a film like any other', async () => {
    const cover = await makeMedia('attached.png', [...picture('64x64'), '-frames:v', '1'])
    const path = await makeMedia('attached.mkv', [
      ...[...picture(), ...X264, '-attach', cover, '-metadata:s:t', 'mimetype=application/x-truetype-font'],
      ...['-metadata:s:t', 'filename=../../../../tmp/evil.ttf'],
    ])
    const video = await fate(airdate, await readBytes(path), { filename: 'attached.mkv' })
    expect(video).toMatchObject({ state: 'ready', width: 128, height: 72 })
    expect((await filesBelow(airdate.dataDir)).filter((name) => name.includes('evil'))).toEqual([])
  })
})

/** A QuickTime reference movie (`rmra`): a list of addresses to play instead. */
function referenceMovie(url: string): Buffer {
  const box = (type: string, ...parts: Buffer[]): Buffer => {
    const body = Buffer.concat(parts)
    const head = Buffer.alloc(8, `\0\0\0\0${type}`, 'latin1')
    head.writeUInt32BE(body.length + 8)
    return Buffer.concat([head, body])
  }
  const address = Buffer.from(`${url}\0`)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(address.length)
  const reference = box('rdrf', Buffer.alloc(4), Buffer.from('url '), length, address)
  return Buffer.concat([box('ftyp', Buffer.from('qt  \0\0\0\0qt  ')), box('moov', box('rmra', box('rmda', reference)))])
}

/**
 * The same film, saying that its samples lie at `target`: by a URL (ISO/IEC 14496-12 §8.7.2) or by a Macintosh alias
 * record with an absolute path (QuickTime File Format, data references).
 */
function withExternalData(mp4: Buffer, type: 'url ' | 'alis', target: string): Buffer {
  const at = mp4.indexOf('url \0\0\0\u0001', 0, 'latin1')
  if (at < 0) throw new Error('no data reference')
  const record = type === 'url ' ? Buffer.from(`${target}\0`) : aliasRecord(target)
  const entry = Buffer.concat([Buffer.alloc(12), record])
  entry.writeUInt32BE(entry.length)
  entry.write(type, 4, 'latin1')
  const grown = entry.length - 12
  const bytes = Buffer.concat([mp4.subarray(0, at - 4), entry, mp4.subarray(at + 8)])
  for (const box of ['moov', 'trak', 'mdia', 'minf', 'dinf', 'dref']) {
    const start = bytes.lastIndexOf(box, at, 'latin1') - 4
    bytes.writeUInt32BE(bytes.readUInt32BE(start) + grown, start)
  }
  return bytes
}

function aliasRecord(path: string): Buffer {
  const fixed = Buffer.alloc(150)
  fixed.writeUInt16BE(0, 130)
  const item = Buffer.alloc(4)
  item.writeUInt16BE(2, 0)
  item.writeUInt16BE(path.length, 2)
  const padding = Buffer.alloc(path.length % 2)
  return Buffer.concat([fixed, item, Buffer.from(path), padding, Buffer.from('ffff0000', 'hex')])
}

describe('a name of a file (B3)', () => {
  // With more than one key frame, so that its poster is found at the first look.
  const film = async (): Promise<Buffer> =>
    readBytes(await makeMedia('tiny.mp4', [...picture('64x64', '10', '0.5'), ...X264, '-g', '2']))

  test.each([
    ['../../../../etc/cron.d/x.mp4', '../../../../etc/cron.d/x'],
    [String.raw`C:\Windows\x.mp4`, String.raw`C:\Windows\x`],
    ['-vf', '-vf'],
    ['$(id).mp4', '$(id)'],
    ['`id`; rm -rf .mp4', '`id`; rm -rf'],
    ['%s%n%x.mp4', '%s%n%x'],
    ['\u202egpj.4pm', '\u202egpj'],
    ['👩‍👩‍👧‍👦.mp4', '👩‍👩‍👧‍👦'],
    ["'; drop table stream.videos; --.mp4", "'; drop table stream.videos; --"],
    ['file:///etc/passwd', 'file:///etc/passwd'],
  ])('%s is a label and nothing else', async (filename, title) => {
    const video = await fate(airdate, await film(), { filename })
    expect(video).toMatchObject({ state: 'ready', title })
    const files = await filesBelow(join(airdate.dataDir, 'files'))
    expect(files.filter((name) => !/^(?:uploads|stream)\/[a-z0-9/.-]+$/.test(name))).toEqual([])
    const page = await airdate.call('GET', `/watch/${video.id}`)
    expect(page.bytes.toString()).not.toContain('<script>alert')
  })

  test.each([
    ['a NUL', 'a\0b.mp4'],
    ['a line end', 'a\r\nSet-Cookie: x=1.mp4'],
    ['4096 characters', 'x'.repeat(4096)],
  ])('with %s is refused before a byte is stored', async (_, filename) => {
    const before = await filesBelow(join(airdate.dataDir, 'files'))
    const reply = await sendUpload(airdate, await film(), { filename })
    expect(reply.status).toBe(400)
    expect(reply.json()['type']).toBe('/problems/uploads/bad-metadata')
    expect(await filesBelow(join(airdate.dataDir, 'files'))).toEqual(before)
  })
})

describe('a file that claims too much (B4, B5)', () => {
  const color = (size: string, rate: string, seconds: string): string[] => [
    '-f',
    'lavfi',
    '-i',
    `color=size=${size}:rate=${rate}:duration=${seconds}`,
  ]
  const refused: [string, string, string, () => Promise<string>][] = [
    [
      'a still picture of 256 megapixels',
      'flood.png',
      'unsupported_media',
      () => makeMedia('flood.png', [...color('16000x16000', '1', '1'), '-frames:v', '1', '-pix_fmt', 'monob']),
    ],
    [
      'a film of pictures larger than any screen',
      'wide.mkv',
      'too_many_pixels',
      () => makeMedia('flood.mkv', [...color('16384x2400', '1', '1'), '-c:v', 'mjpeg', '-pix_fmt', 'yuvj420p']),
    ],
    [
      'a film of a day',
      'day.mp4',
      'too_long',
      () =>
        makeMedia('day.mp4', [
          ...color('64x64', '1', '2'),
          '-vf',
          "setpts='N*86400/TB'",
          ...X264,
          '-fps_mode',
          'passthrough',
        ]),
    ],
    [
      '64 streams',
      'streams.mkv',
      'unsupported_media',
      () =>
        makeMedia('streams.mkv', [
          ...picture('64x64', '10', '0.5'),
          '-f',
          'lavfi',
          '-i',
          'anullsrc=r=8000:cl=mono',
          '-t',
          '0.5',
          '-map',
          '0:v',
          ...Array.from({ length: 63 }, () => ['-map', '1:a']).flat(),
          ...X264,
          '-c:a',
          'pcm_s16le',
        ]),
    ],
    [
      'sound alone',
      'sound.m4a',
      'no_streams',
      () => makeMedia('alone.m4a', ['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac', '-f', 'mp4']),
    ],
    [
      'a still picture',
      'still.jpg',
      'unsupported_media',
      () => makeMedia('still.jpg', [...picture('64x64'), '-frames:v', '1']),
    ],
    [
      'an animation of a codec that is not taken',
      'animation.gif',
      'unsupported_media',
      () => makeMedia('animation.gif', picture('64x64', '5')),
    ],
  ]
  test.each(refused)('%s ends in a code', async (_, filename, code, make) => {
    const video = await fate(airdate, await readBytes(await make()), { filename })
    expect([video.state, video.failure?.code]).toEqual(['failed', code])
    expect(await leftovers(airdate, video.id)).toEqual([])
  })

  test('nothing at all is no film', async () => {
    const video = await fate(airdate, Buffer.alloc(0))
    expect([video.state, video.failure?.code]).toEqual(['failed', 'unsupported_media'])
    expect(await leftovers(airdate, video.id)).toEqual([])
  })

  test.each([
    ['before its index', [], 0.5],
    ['behind its index', ['-movflags', 'faststart'], 0.6],
  ])('a film cut off %s is corrupt', async (says, flags, share) => {
    const whole = await readBytes(
      await makeMedia(`whole ${says}.mp4`, [...picture('128x72', '25', '4'), ...X264, ...flags]),
    )
    const video = await fate(airdate, whole.subarray(0, Math.floor(whole.length * share)))
    expect([video.state, video.failure?.code]).toEqual(['failed', 'corrupt_media'])
    expect(await leftovers(airdate, video.id)).toEqual([])
  })

  test('a film whose middle is noise ends, one way or the other', async () => {
    const bytes = Buffer.from(await readBytes(await makeMedia('noisy.mp4', [...picture('128x72', '25', '4'), ...X264])))
    for (let at = 2000; at < bytes.length - 4000; at += 7) bytes[at] = (at * 31) & 0xff
    const video = await fate(airdate, bytes)
    expect(['ready', 'failed']).toContain(video.state)
    if (video.state === 'failed') expect(await leftovers(airdate, video.id)).toEqual([])
  })

  const odd: [string, () => Promise<Uint8Array>, object][] = [
    [
      '10,000 frames a second',
      async () => readBytes(await makeMedia('fast.mp4', [...color('64x64', '10000', '0.3'), ...X264])),
      {},
    ],
    [
      'one frame',
      async () => readBytes(await makeMedia('one.mp4', [...picture(), '-frames:v', '1', ...X264])),
      { width: 128, height: 72 },
    ],
    [
      'a frame, then nothing for a second, then many',
      async () => readBytes(await numberedVideo({ frames: 60, rate: rational(30), isVariable: true })),
      { width: 304, height: 172 },
    ],
    [
      'a quarter turn',
      async () => quarterTurn(await readBytes(await makeMedia('turned.mp4', [...picture(), ...X264]))),
      { width: 72, height: 128 },
    ],
    [
      'ten bits and the light of a projector',
      async () =>
        readBytes(
          await makeMedia('hdr.mp4', [
            ...picture(),
            '-c:v',
            'libx265',
            '-preset',
            'ultrafast',
            '-x265-params',
            'log-level=none',
            '-pix_fmt',
            'yuv420p10le',
            '-color_primaries',
            'bt2020',
            '-color_trc',
            'smpte2084',
            '-colorspace',
            'bt2020nc',
            '-tag:v',
            'hvc1',
          ]),
        ),
      { width: 128, height: 72 },
    ],
    ['odd sides', async () => readBytes(await makeMedia('odd-sides.mkv', [...picture('131x75'), '-c:v', 'ffv1'])), {}],
  ]
  test.each(odd)('%s becomes a video that plays', async (_, make, facts) => {
    const video = await fate(airdate, await make())
    expect(video).toMatchObject({ state: 'ready', failure: null, playable: true, ...facts })
    const [num = 0, den = 1] = (video.frameRate ?? '').split('/').map(Number)
    expect(num / den).toBeLessThanOrEqual(60)
    const master = await airdate.call('GET', video.playback?.hlsUrl ?? '', { token: null })
    expect(master.bytes.toString()).toContain('#EXT-X-STREAM-INF')
    expect((await leftovers(airdate, video.id)).filter((name) => !name.startsWith('stream/'))).toEqual([])
  })
})

test('a bad file keeps nobody else from theirs', async () => {
  const good = await readBytes(await makeMedia('good.mp4', [...picture(), ...X264]))
  const bad = [Buffer.from('#EXTM3U\nfile:///etc/passwd'), Buffer.alloc(0), good.subarray(0, good.length / 2)]
  const uploads = await Promise.all([good, ...bad, good].map((bytes) => sendUpload(airdate, bytes)))
  const videos = await Promise.all(uploads.map((reply) => airdate.settled(videoIdOf(reply))))
  expect(videos.map(({ state }) => state)).toEqual(['ready', 'failed', 'failed', 'failed', 'ready'])
})
