import { Problem } from '#kernel/errors.ts'
import type { ConfigFault } from '#platform/config/config.ts'
import { StartFailure, systemFault } from '#platform/config/start-failure.ts'

/** A line for the person at the terminal, on stderr. */
export function say(line: string): void {
  process.stderr.write(`airdate: ${line}\n`)
}

/** A line of result, on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** One value as a line of JSON on stdout. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value))
}

/** All faults of the configuration, one line each. */
export function sayFaults(faults: readonly ConfigFault[]): void {
  for (const { name, detail } of faults) say(`${name} ${detail}`)
}

/**
 * The one line that an operator needs for a failure that is not a bug: ours, a problem, or the system's (full disk,
 * permission).
 * null: it is a bug, and the stack should be shown.
 */
export function plainReason(error: unknown): string | null {
  // An expected failure that nobody turned into a line of its own still is no bug.
  if (error instanceof StartFailure || error instanceof Problem) return error.message.replace(/\.$/, '')
  const fault = systemFault(error)
  if (fault === null) return null
  const path = error instanceof Error && 'path' in error ? `${String(error.path)}: ` : ''
  return `${path}${fault}`
}

/** Shows how far long work has come. */
export interface Progress {
  /** `fraction` from 0 to 1; `note` is what is being done. Cheap to call often. */
  update(fraction: number, note: string): void
  /** Ends the display; the bar is wiped, plain lines stay. */
  done(): void
}

const BAR_WIDTH = 30
const CLEAR_LINE = '\r\u001b[2K'

/** A bar that redraws itself in a terminal; elsewhere a plain line for each new note and each further tenth. */
export function progress(
  stream: { readonly isTTY?: boolean; write(text: string): unknown } = process.stderr,
): Progress {
  let shown = ''
  const show = (next: string, line: string): void => {
    if (next === shown) return
    shown = next
    stream.write(line)
  }
  if (stream.isTTY === true) {
    return {
      update(fraction, note) {
        const filled = Math.round(clamp(fraction) * BAR_WIDTH)
        const bar = `${'█'.repeat(filled)}${'░'.repeat(BAR_WIDTH - filled)}`
        const text = `${bar} ${percent(fraction)} ${note}`
        show(text, `${CLEAR_LINE}${text}`)
      },
      done: () => show('', CLEAR_LINE),
    }
  }
  return {
    update(fraction, note) {
      const tenth = Math.floor(clamp(fraction) * 10)
      show(`${tenth} ${note}`, `airdate: ${note} ${tenth * 10} %\n`)
    },
    done: () => undefined,
  }
}

function clamp(fraction: number): number {
  return Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0))
}

function percent(fraction: number): string {
  return `${String(Math.floor(clamp(fraction) * 100)).padStart(3)} %`
}
