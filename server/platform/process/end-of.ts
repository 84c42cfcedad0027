import type { ChildProcess } from 'node:child_process'

/** How a child ended: by itself with a code, or by a signal. */
export interface Exit {
  readonly exitCode: number | null
  readonly signal: NodeJS.Signals | null
}

/**
 * Resolves when a child has ended and its output was read to the end. Call it at once after `spawn`.
 * @throws Error when it could not be started
 */
export function endOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (exitCode, signal) => resolve({ exitCode, signal }))
  })
}
