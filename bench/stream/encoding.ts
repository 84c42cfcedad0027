import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { follow, upload } from '../../server/cli/demo-client.ts'
import { probeMedia } from '#platform/media/probe.ts'
import { SNIFF_BYTES } from '#platform/media/sniff.ts'
import { readHead } from '#platform/storage/files.ts'
import { type EncodingPlan, planEncoding } from '../../server/stream/encoding/plan.ts'
import { type BenchResult, median } from '../support/result.ts'
import type { BenchServer } from './server.ts'

interface EncodingBench {
  readonly server: BenchServer
  readonly folder: string
  /** Length of the generated 1080p30 source. */
  readonly seconds: number
  readonly rounds: number
}

/** From the last byte of an upload to playable and to ready, against one plain FFmpeg command for the same renditions. */
export async function benchEncoding(bench: EncodingBench): Promise<BenchResult[]> {
  const source = join(bench.folder, 'source.mp4')
  await makeSource(source, bench.seconds)
  const probe = await probeMedia({ path: source, head: await readHead(source, SNIFF_BYTES), cwd: bench.folder })
  const plan = planEncoding(probe)
  const [ready, playable, bare]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < bench.rounds; round += 1) {
    const times = await throughAirdate(bench.server, source)
    ready.push(times.readySeconds)
    playable.push(times.playableSeconds)
    bare.push(await throughFfmpeg(source, plan, join(bench.folder, 'bare')))
    process.stderr.write(`round ${round + 1}: ready ${ready.at(-1)?.toFixed(1)} s, bare ${bare.at(-1)?.toFixed(1)} s\n`)
  }
  const other = { name: 'one FFmpeg command', value: median(bare) }
  const what = `${bench.seconds} s of 1080p30, ${plan.video.length} rungs`
  return [
    {
      name: `last byte → ready, ${what}`,
      unit: 's',
      value: median(ready),
      against: [other],
      ratio: median(ready) / other.value,
      goal: 1.1,
    },
    {
      name: `last byte → playable, ${what}`,
      unit: 's',
      value: median(playable),
      against: [other],
      ratio: median(playable) / other.value,
      goal: 0.15,
    },
  ]
}

/** Moving shapes over moving noise: neither trivial nor impossible to compress. */
async function makeSource(path: string, seconds: number): Promise<void> {
  await ffmpeg([
    ...['-f', 'lavfi', '-i', `testsrc2=s=1920x1080:r=30:d=${seconds}`],
    ...[
      '-f',
      'lavfi',
      '-i',
      `aevalsrc=exprs='0.2*sin(2*PI*(220+40*sin(t))*t)|0.2*sin(2*PI*330*t)':s=48000:d=${seconds}`,
    ],
    ...[
      '-vf',
      'noise=alls=8:allf=t',
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-crf',
      '18',
      '-g',
      '60',
      '-pix_fmt',
      'yuv420p',
    ],
    ...['-c:a', 'aac', '-b:a', '160k', path],
  ])
}

async function throughAirdate(
  server: BenchServer,
  file: string,
): Promise<{ readySeconds: number; playableSeconds: number }> {
  const id = await upload({ url: server.url, token: server.token, file, title: 'bench' }, () => undefined)
  const startedMs = performance.now()
  let playableMs = Number.NaN
  const video = await follow(server.url, server.token, id, (now) => {
    if (now.playable && Number.isNaN(playableMs)) playableMs = performance.now()
  })
  if (video.state !== 'ready') throw new Error(`the video ended as ${video.state}`)
  const readyMs = performance.now()
  await delay(500)
  return { readySeconds: (readyMs - startedMs) / 1000, playableSeconds: (playableMs - startedMs) / 1000 }
}

/** As somebody would write it who wants just these renditions: one decode, the same encoder settings, fragmented MP4. */
async function throughFfmpeg(source: string, plan: EncodingPlan, folder: string): Promise<number> {
  await mkdir(folder, { recursive: true })
  const pads = plan.video.map((_, index) => `[s${index}]`).join('')
  const scales = plan.video.map((rung, index) => `[s${index}]scale=${rung.width}:${rung.height},setsar=1[v${index}]`)
  const startedMs = performance.now()
  await ffmpeg([
    ...['-i', source, '-filter_complex', `[0:v]split=${plan.video.length}${pads};${scales.join(';')}`],
    ...plan.video.flatMap((rung, index) => [
      ...['-map', `[v${index}]`, '-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'high'],
      ...['-g', String(plan.keyframeFrames), '-keyint_min', String(plan.keyframeFrames), '-sc_threshold', '0'],
      ...['-crf', String(rung.crf), '-maxrate', String(rung.maxBitrateBps), '-bufsize', String(rung.bufferBits)],
      ...['-movflags', 'frag_keyframe+empty_moov+default_base_moof', join(folder, `${rung.name}.mp4`)],
    ]),
    ...plan.audio.flatMap((rung) => [
      ...['-map', '0:a', '-c:a', 'aac', '-b:a', String(rung.bitrateBps), join(folder, `${rung.name}.m4a`)],
    ]),
  ])
  const seconds = (performance.now() - startedMs) / 1000
  await rm(folder, { recursive: true })
  return seconds
}

async function ffmpeg(args: readonly string[]): Promise<void> {
  const child = spawn('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code] = (await once(child, 'exit')) as [number]
  if (code !== 0) throw new Error(`ffmpeg ended with ${code}`)
}
