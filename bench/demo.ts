import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { monotonicMs } from '#kernel/clock.ts'
import { CHECKOUT } from '#platform/config/env.ts'
import { asOrdinaryUser, newDataFolder } from '../tests/kill/server.ts'
import { describeMachine } from './support/report.ts'
import { median } from './support/result.ts'

/*
 * The demo as a person runs it, each time in a new data folder: wall time by stage, and the processor's time by program.
 * Goal: a film of 30 s in less than 60 s on two cores, from the command to its end.
 * `node bench/demo.ts [--rounds 3] [--idea "…"]`
 */

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, idea: { type: 'string', default: thirtySeconds() } },
})

/** About thirty seconds when it is spoken. */
function thirtySeconds(): string {
  return [
    'Why does the sea taste of salt, and the rivers do not?',
    'Rain takes a little of every stone it runs over, so little that nobody tastes it.',
    'The sun takes the water back into the sky and leaves the rest.',
  ].join(' ')
}

interface DemoAnswer {
  readonly durationMs: number
  readonly stages: readonly { readonly name: string; readonly startedAt: string; readonly endedAt: string }[]
}

interface Round {
  readonly wallMs: number
  readonly answer: DemoAnswer
  /** Processor time by program, ms. */
  readonly cpuMs: ReadonlyMap<string, number>
}

const SAMPLE_EVERY_MS = 4
const TICK_MS = 10

const rounds: Round[] = []
console.log(describeMachine())
for (let round = 1; round <= Number(values.rounds); round += 1) {
  const made = await runOnce()
  rounds.push(made)
  const seconds = (made.answer.durationMs / 1000).toFixed(1)
  console.log(`round ${round}: a film of ${seconds} s in ${(made.wallMs / 1000).toFixed(1)} s`)
}
tell()

async function runOnce(): Promise<Round> {
  await using folder = newDataFolder('bench-demo')
  const program = [...asOrdinaryUser, process.execPath, join(CHECKOUT, 'server/main.ts')]
  const [command, ...args] = [...program, 'demo', values.idea, '--once', '--json', '--data', folder.path]
  const startedMs = monotonicMs()
  const child = spawn(command, args, {
    cwd: folder.path,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const meter = meterOf(child)
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const said = child.stdout === null ? '' : await text(child.stdout)
  const code = await ended
  const wallMs = monotonicMs() - startedMs
  const cpuMs = meter.stop()
  if (code !== 0) throw new Error(`the demo ended with ${code}`)
  return { wallMs, answer: JSON.parse(said) as DemoAnswer, cpuMs }
}

/**
 * What the programs of a process tree take of the processor, looked at every few milliseconds: what a program does
 * between the last look and its end is not seen, so short ones take a little more than is told.
 */
function meterOf(child: ChildProcess): { stop(): Map<string, number> } {
  const seen = new Map<number, { readonly name: string; readonly ms: number }>()
  const timer = setInterval(() => {
    for (const pid of treeOf(child.pid ?? 0)) {
      const ms = cpuMsOf(pid)
      const name = readOrNothing(`/proc/${pid}/comm`)
        .trim()
        .replace(/^MainThread$/, 'node')
      if (name !== '' && ms > 0) seen.set(pid, { name, ms })
    }
  }, SAMPLE_EVERY_MS)
  return {
    stop: () => {
      clearInterval(timer)
      const byName = Map.groupBy(seen.values(), ({ name }) => name)
      return new Map([...byName].map(([name, all]) => [name, all.reduce((sum, { ms }) => sum + ms, 0)]))
    },
  }
}

function treeOf(root: number): number[] {
  const found = [root]
  for (const pid of found) {
    for (const thread of namesIn(`/proc/${pid}/task`)) {
      const children = readOrNothing(`/proc/${pid}/task/${thread}/children`)
      found.push(...children.split(' ').filter(Boolean).map(Number))
    }
  }
  return found
}

/**
 * Processor time of a process so far, ms: of its living threads to the nanosecond (schedstat), or of all it ever had in
 * ticks (stat), whichever says more.
 */
function cpuMsOf(pid: number): number {
  const living = namesIn(`/proc/${pid}/task`).reduce((sum, thread) => {
    const [ns = '0'] = readOrNothing(`/proc/${pid}/task/${thread}/schedstat`).split(' ')
    return sum + Number(ns) / 1e6
  }, 0)
  // the fields behind the name, which may hold blanks: utime and stime are the 14th and 15th of all
  const fields = readOrNothing(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, '')
    .split(' ')
  const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0)
  return Math.max(living, ticks * TICK_MS)
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // it has just ended
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // it has just ended
  }
}

function tell(): void {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1)
  const wall = median(rounds.map(({ wallMs }) => wallMs))
  console.log('\n| stage | wall, s |\n| --- | --- |')
  for (const { name } of rounds[0]?.answer.stages ?? []) {
    const took = rounds.map(({ answer }) => {
      const stage = answer.stages.find((each) => each.name === name)
      return stage === undefined ? 0 : Date.parse(stage.endedAt) - Date.parse(stage.startedAt)
    })
    console.log(`| ${name} | ${seconds(median(took))} |`)
  }
  console.log(`| all, from the command to its end | ${seconds(wall)} |`)
  console.log('\n| program | processor, s | share |\n| --- | --- | --- |')
  const names = new Set(rounds.flatMap(({ cpuMs }) => [...cpuMs.keys()]))
  const took = [...names].map((name) => [name, median(rounds.map(({ cpuMs }) => cpuMs.get(name) ?? 0))] as const)
  const whole = took.reduce((sum, [, ms]) => sum + ms, 0)
  for (const [name, ms] of took.toSorted(([, one], [, other]) => other - one)) {
    console.log(`| ${name} | ${seconds(ms)} | ${Math.round((100 * ms) / whole)} % |`)
  }
  const filmMs = median(rounds.map(({ answer }) => answer.durationMs))
  console.log(`\na film of ${seconds(filmMs)} s in ${seconds(wall)} s (goal: 30 s in less than 60 s)`)
  if (filmMs <= 30_000 ? wall >= 60_000 : wall >= 2 * filmMs) process.exitCode = 1
}
