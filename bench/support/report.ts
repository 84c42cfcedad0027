import { cpus, loadavg, totalmem } from 'node:os'
import type { BenchResult } from './result.ts'

/** The machine on which figures were taken, in a line; a foreign load shows in it. */
export function describeMachine(): string {
  const [processor] = cpus()
  const memoryGiB = Math.round(totalmem() / 1024 ** 3)
  const load = loadavg()[0]?.toFixed(2)
  return `${cpus().length} × ${processor?.model.trim() ?? 'unknown'}, ${memoryGiB} GiB, Node ${process.version}, load ${load}`
}

/** Results as a table of Markdown. */
export function table(results: readonly BenchResult[]): string {
  const rows = results.map(({ name, unit, value, against, ratio, goal }) => [
    name,
    `${figure(value)} ${unit}`,
    against.map((other) => `${other.name}: ${figure(other.value)} ${unit}`).join('; '),
    figure(ratio),
    goal === undefined ? '' : figure(goal),
  ])
  const lines = [['what', 'Airdate', 'beside', 'ratio', 'goal'], ['---', '---', '---', '---', '---'], ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return value >= 100 ? String(Math.round(value)) : value.toFixed(value >= 10 ? 1 : 2)
}
