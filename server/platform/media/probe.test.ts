import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { rational } from '#kernel/rational.ts'
import { run } from '#platform/process/run.ts'
import {
  emptyFolder,
  headOf,
  makeFile,
  makeMedia,
  mediaFolder,
  numberedVideo,
  quarterTurn,
} from '#tests/support/media.ts'
import { guardArgs } from './ffmpeg.ts'
import { probeMedia } from './probe.ts'
import type { MediaProbe, ProbeLimits } from './probe.ts'

const probed = (path: string, limits: Partial<ProbeLimits> = {}): Promise<MediaProbe> =>
  probeMedia({ path, head: headOf(path), cwd: emptyFolder(), limits })

const testsrc = (size: string, rate = '25', duration = '1'): string[] => [
  ...['-f', 'lavfi', '-i', `testsrc=size=${size}:rate=${rate}:duration=${duration}`],
]
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']

test('a plain film is described', async () => {
  const path = await numberedVideo({ frames: 60, rate: rational(30_000, 1001), toneHz: 440 })
  expect(await probed(path)).toMatchObject({
    demuxer: 'mov',
    durationMs: 2002,
    streamCount: 2,
    video: {
      codec: 'h264',
      displayWidth: 304,
      displayHeight: 172,
      rotationDegrees: 0,
      frameRate: rational(30_000, 1001),
      isVariable: false,
      interlaced: false,
      frameCount: 60,
      bitDepth: 8,
      hdr: null,
    },
    audio: { codec: 'aac', channels: 1, sampleRateHz: 48_000 },
  })
})

test('a variable rate is told from a constant one whose times are rounded to milliseconds', async () => {
  const rounded = await numberedVideo({ frames: 120, rate: rational(30_000, 1001), extension: 'mkv' })
  expect((await probed(rounded)).video).toMatchObject({ isVariable: false, frameRate: rational(30_000, 1001) })
  const variable = await numberedVideo({ frames: 180, rate: rational(30), isVariable: true, extension: 'mkv' })
  expect((await probed(variable)).video.isVariable).toBe(true)
})

test('a turned picture with oblong pixels is described as it is seen', async () => {
  const lying = await makeMedia('oblong.mp4', [...testsrc('320x240'), '-vf', 'setsar=4/3', ...X264])
  expect((await probed(lying)).video).toMatchObject({ codedWidth: 320, displayWidth: 427, displayHeight: 240 })
  const turned = makeFile('turned.mp4', quarterTurn(readFileSync(lying)))
  expect((await probed(turned)).video).toMatchObject({ rotationDegrees: 90, displayWidth: 240, displayHeight: 427 })
})

test('fields are found by the flag and, without one, by looking', async () => {
  const flagged = await makeMedia('flagged.ts', [
    ...[...testsrc('320x240', '50'), '-vf', 'tinterlace=interleave_top,fieldorder=tff', '-c:v', 'mpeg2video'],
    ...['-flags', '+ildct+ilme', '-b:v', '4M'],
  ])
  expect((await probed(flagged)).video.interlaced).toBe(true)
  const unflagged = await makeMedia('unflagged.avi', [
    ...[...testsrc('320x240', '50', '2'), '-vf', 'tinterlace=interleave_top,setfield=prog', '-c:v', 'rawvideo'],
    ...['-pix_fmt', 'yuv420p'],
  ])
  expect((await probed(unflagged)).video.interlaced).toBe(true)
})

test('HDR is recognised by its transfer function', async () => {
  const path = await makeMedia('hdr.mkv', [
    ...[...testsrc('128x72'), '-c:v', 'libx265', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le'],
    ...['-x265-params', 'log-level=error:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc'],
  ])
  expect((await probed(path)).video).toMatchObject({ hdr: 'pq', bitDepth: 10, colorPrimaries: 'bt2020' })
})

test('a transport stream counts from its first picture', async () => {
  const path = await makeMedia('offset.ts', [...testsrc('128x72', '25', '3'), ...X264, '-g', '25'])
  const { startSeconds, video, durationMs } = await probed(path)
  expect(startSeconds).toBeGreaterThan(1)
  expect(durationMs).toBe(3000)
  expect((video.startTicks * video.timeBase.num) / video.timeBase.den).toBeCloseTo(startSeconds, 3)
})

test.each([
  ['sound alone', 'alone.m4a', ['-f', 'lavfi', '-i', 'sine=duration=1', '-c:a', 'aac', '-f', 'mp4'], 'no_streams'],
  ['music with a cover', 'cover.mp3', null, 'no_streams'],
  ['a still image', 'frame.png', [...testsrc('64x64'), '-frames:v', '1'], 'unsupported_media'],
] as const)('%s ends in a clear code', async (_, name, args, code) => {
  const cover = (): Promise<string> => makeMedia('cover.png', [...testsrc('64x64'), '-frames:v', '1'])
  const withCover = async (): Promise<string[]> => [
    ...['-f', 'lavfi', '-i', 'sine=duration=1', '-i', await cover(), '-map', '0', '-map', '1'],
    ...['-c:v', 'copy', '-disposition:v', 'attached_pic'],
  ]
  const path = await makeMedia(name, args ?? (await withCover()))
  await expect(probed(path)).rejects.toMatchObject({ name: 'MediaFailure', code })
})

test('sizes, lengths and streams beyond the limits are refused by code', async () => {
  const path = await numberedVideo({ frames: 60, rate: rational(30) })
  await expect(probed(path, { maxPixels: 304 * 172 - 1 })).rejects.toMatchObject({ code: 'too_many_pixels' })
  await expect(probed(path, { maxDurationMs: 1900 })).rejects.toMatchObject({ code: 'too_long' })
  await expect(probed(path, { maxFrames: 59 })).rejects.toMatchObject({ code: 'too_long' })
  await expect(probed(path, { maxStreams: 0 })).rejects.toMatchObject({ code: 'unsupported_media' })
})

test('a picture that claims more pixels than any screen has is refused by its claim', async () => {
  const wide = await makeMedia('wide.mkv', [
    '-f',
    'lavfi',
    '-i',
    'color=size=16384x2400:rate=1:duration=1',
    '-c:v',
    'mjpeg',
    '-pix_fmt',
    'yuvj420p',
  ])
  await expect(probed(wide)).rejects.toMatchObject({ code: 'too_many_pixels' })
})

test('files that are cut off or broken are corrupt', async () => {
  const whole = readFileSync(await numberedVideo({ frames: 227, rate: rational(30) }))
  const withoutIndex = makeFile('cut.mp4', whole.subarray(0, Math.floor(whole.length / 2)))
  await expect(probed(withoutIndex)).rejects.toMatchObject({ code: 'corrupt_media' })
  const indexed = await makeMedia('indexed.mp4', [
    ...['-i', await numberedVideo({ frames: 227, rate: rational(30) }), '-c', 'copy', '-movflags', 'faststart'],
  ])
  const cut = readFileSync(indexed)
  const withIndex = makeFile('cut-behind-its-index.mp4', cut.subarray(0, Math.floor(cut.length * 0.6)))
  await expect(probed(withIndex)).rejects.toMatchObject({ code: 'corrupt_media' })
  const noise = makeFile(
    'noise.mp4',
    Buffer.concat([Buffer.from('0000001866747970', 'hex'), Buffer.alloc(4000, 'mp42')]),
  )
  await expect(probed(noise)).rejects.toMatchObject({ code: 'corrupt_media' })
  await expect(probed(makeFile('empty.mp4', ''))).rejects.toMatchObject({ code: 'unsupported_media' })
})

test('a codec that is not on the list is not opened', async () => {
  const path = await makeMedia('gif.mkv', [...testsrc('64x48'), '-c:v', 'gif', '-pix_fmt', 'rgb8'])
  await expect(probed(path)).rejects.toMatchObject({ name: 'MediaFailure' })
})

test('playlists and scripts reach neither files nor the network, whatever demuxer is asked', async () => {
  let hits = 0
  const server = createServer((_, reply) => {
    hits += 1
    reply.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const secret = await numberedVideo({ frames: 30, rate: rational(30), extension: 'ts' })
  const scripts = [
    `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n${secret}\n#EXT-X-ENDLIST\n`,
    `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nhttp://127.0.0.1:${port}/a.ts\n#EXT-X-ENDLIST\n`,
    `ffconcat version 1.0\nfile '${secret}'\n`,
    `ffconcat version 1.0\nfile 'numbered.ts'\n`,
    `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>http://127.0.0.1:${port}/</BaseURL></Period></MPD>`,
  ]
  for (const [index, script] of scripts.entries()) {
    const path = makeFile(`script-${index}.mp4`, script)
    await expect(probed(path)).rejects.toMatchObject({ code: 'unsupported_media' })
    // Were the first bytes taken for a film's, the lists would still hold.
    for (const demuxer of ['mov', 'matroska', 'mpegts'] as const) {
      const args = ['-v', 'error', ...guardArgs(demuxer), '-show_streams', `file:${path}`]
      const result = await run('ffprobe', args, { cwd: mediaFolder(), timeoutMs: 20_000 })
      expect(result.stdout.toString()).not.toContain('codec_name')
    }
  }
  await new Promise((resolve) => server.close(resolve))
  expect(hits).toBe(0)
})

test('a film whose data lies in another file is not followed there', async () => {
  const folder = emptyFolder()
  const bytes = readFileSync(await numberedVideo({ frames: 60, rate: rational(30) }))
  const at = bytes.indexOf('url \u0000\u0000\u0000\u0001', 0, 'latin1')
  expect(at).toBeGreaterThan(0)
  // Not self-contained any more: the flag of the data reference is gone.
  bytes.writeUInt32BE(0, at + 4)
  const path = makeFile(join(folder.slice(mediaFolder().length + 1), 'elsewhere.mp4'), bytes)
  const outcome = await probed(path).then(
    (probe) => probe.video.frameCount,
    (error: unknown) => error,
  )
  // FFmpeg reads on in the file itself, or refuses; there is no third.
  expect([60, expect.objectContaining({ name: 'MediaFailure' })]).toContainEqual(outcome)
})
