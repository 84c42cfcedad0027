import { parseArgs } from 'node:util'
import { monotonicMs } from '#kernel/clock.ts'
import { formatRational, rational, toNumber } from '#kernel/rational.ts'
import type { Rational } from '#kernel/rational.ts'
import { encodeAudio } from '../server/stream/encoding/encode.ts'
import { planEncoding } from '../server/stream/encoding/plan.ts'
import { clickErrorsMs, clicks } from '../tests/support/clicks.ts'
import { encodeInChunks, probed } from '../tests/support/joints.ts'
import {
  MAX_NUMBERED_FRAMES,
  PROOF_RATES,
  THREE_RUNGS,
  emptyFolder,
  frameNumbers,
  makeMedia,
  numberedVideo,
} from '../tests/support/media.ts'

/*
 * The proof of joints over a long film: `node bench/joints.ts --minutes 10 --rates all`. A source whose frames show their
 * numbers is encoded in chunks as the server does it; then every rung must show every number once, in order, and at a
 * variable rate exactly what one command over the whole file shows. `--rates` is `all`, or some of
 * `23.976,25,29.97,30,60,variable,sound`; `sound` is a film of that length with a click at every second. Ends with exit
 * code 1 when a frame is lost, doubled or out of order, or a click is more than a millisecond from where it belongs.
 */

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, rates: { type: 'string', default: 'all' } },
})

const minutes = Number(values.minutes)
const named = (rate: Rational): string => String(Math.round(toNumber(rate) * 1000) / 1000)
const isAsked = (name: string): boolean => values.rates === 'all' || values.rates.split(',').includes(name)
if (!(minutes > 0 && minutes * 60 * 60 < MAX_NUMBERED_FRAMES)) {
  throw new RangeError(`--minutes must be more than 0 and at most ${Math.floor(MAX_NUMBERED_FRAMES / 3600)}`)
}

for (const rate of PROOF_RATES) if (isAsked(named(rate))) await prove(rate, false)
if (isAsked('variable')) await prove(rational(30), true)
if (isAsked('sound')) await proveSound()

async function prove(rate: Rational, isVariable: boolean): Promise<void> {
  const frames = Math.round(minutes * 60 * toNumber(rate)) + 7
  const source = await numberedVideo({ frames, rate, isVariable, ...THREE_RUNGS })
  const startedMs = monotonicMs()
  const { probe, plan, joined } = await encodeInChunks(source)
  const seconds = Math.round((monotonicMs() - startedMs) / 100) / 10
  const { startTicks, timeBase } = probe.video
  const fps = `fps=fps=${formatRational(plan.frameRate)}:start_time=${startTicks * toNumber(timeBase)}:round=near`
  const expected = isVariable
    ? await frameNumbers(source, [fps], ['-copyts'])
    : Array.from({ length: frames }, (_, frame) => frame)
  for (const [index, path] of joined.entries()) {
    const shown = await frameNumbers(path)
    const wrong = shown.findIndex((number, frame) => number !== expected[frame])
    const isExact = wrong < 0 && shown.length === expected.length
    if (!isExact) process.exitCode = 1
    const verdict = isExact
      ? 'every frame once and in order'
      : `differs from frame ${wrong < 0 ? shown.length : wrong} on`
    const name = isVariable ? 'variable' : named(rate)
    const chunks = `${plan.chunks.length} chunks in ${seconds} s`
    console.log(
      `${name} ${plan.video[index]?.name}: ${shown.length} of ${expected.length} frames, ${chunks}: ${verdict}`,
    )
  }
}

async function proveSound(): Promise<void> {
  const seconds = Math.round(minutes * 60)
  const picture = ['-f', 'lavfi', '-i', `color=size=64x48:rate=30000/1001:duration=${seconds}`]
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-b:a', '160k']
  const sourcePath = await makeMedia(`clicks-${seconds}.mp4`, [...picture, ...clicks(seconds), ...codecs])
  const probe = await probed(sourcePath)
  const { rungs } = await encodeAudio({ sourcePath, probe, plan: planEncoding(probe), outDir: emptyFolder() })
  const at = Array.from({ length: seconds - 1 }, (_, second) => second + 1)
  for (const rung of rungs) {
    const worstMs = Math.max(...(await clickErrorsMs(rung.path, at)))
    if (worstMs > 1) process.exitCode = 1
    console.log(`sound ${rung.name}: ${at.length} clicks, the worst ${worstMs.toFixed(3)} ms from its place`)
  }
}
