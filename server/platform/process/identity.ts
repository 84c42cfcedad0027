import { execFileSync } from 'node:child_process'
import { isSamePlace, readTextIfThere } from '#platform/config/files.ts'

/**
 * Names a process so that a later one with the same number is not taken for it: its pid, when it began (field 22 of
 * `/proc/PID/stat`, ticks since boot; elsewhere the time that `ps` prints), and which boot that was.
 */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: string
  readonly bootId: string
}

/** The identity of a running process, or null when there is none of that number (a zombie counts as gone). */
export function identityOf(pid: number): ProcessIdentity | null {
  const startTime = process.platform === 'linux' ? linuxStartTime(pid) : otherStartTime(pid)
  return startTime === null ? null : { pid, startTime, bootId: bootId() }
}

/** Whether this very process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  const found = identityOf(identity.pid)
  return found !== null && found.startTime === identity.startTime && found.bootId === identity.bootId
}

/** Reads what `JSON.stringify` made of an identity, with or without other members; null when the text is anything else. */
export function parseIdentity(text: string): ProcessIdentity | null {
  const fields = parseFields(text)
  const { pid, startTime, bootId: boot } = fields ?? {}
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 1) return null
  return typeof startTime === 'string' && typeof boot === 'string' ? { pid, startTime, bootId: boot } : null
}

/** The members of a JSON object; null when the text is none (cut off by a power failure, say). */
export function parseFields(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : null
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Whether a process of this user works in this folder (Linux; elsewhere that cannot be told, and the answer is true). */
export function worksIn(pid: number, folder: string): boolean {
  return process.platform !== 'linux' || isSamePlace(`/proc/${pid}/cwd`, folder)
}

/** Sends a signal; false when there is no such process any more. `group` reaches the whole process group that it leads. */
export function signalProcess(pid: number, signal: NodeJS.Signals, reach: 'process' | 'group'): boolean {
  try {
    process.kill(reach === 'group' ? -pid : pid, signal)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

function linuxStartTime(pid: number): string | null {
  const stat = readTextIfThere(`/proc/${pid}/stat`)
  if (stat === null) return null
  // the name in parentheses may hold anything, even parentheses and spaces: fields are counted from its end
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, startTime] = [fields[0], fields[19]]
  return state === 'Z' || state === 'X' || startTime === undefined ? null : startTime
}

function otherStartTime(pid: number): string | null {
  try {
    const line = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8', env: { LC_ALL: 'C' } })
    return line.trim() || null
  } catch (error) {
    // ps ends with 1 when it finds no such process
    if (error instanceof Error && 'status' in error && error.status === 1) return null
    throw error
  }
}

let knownBootId: string | undefined

function bootId(): string {
  knownBootId ??= readTextIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? 'unknown'
  return knownBootId
}
