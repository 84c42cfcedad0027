import { spawn } from 'node:child_process'
import { confined } from './confine.ts'
import { endOf } from './end-of.ts'
import { register } from './registry.ts'

/**
 * Runs one of our own tools with our terminal and environment, as if it had been called in our place: its output is
 * ours, SIGTERM and SIGINT are passed on. Not for programs that read what users sent. Answers the exit code, or 1 when a
 * signal ended it.
 * @throws Error when the program cannot be started
 */
export async function runInTerminal(
  program: string,
  args: readonly string[],
  options: { cwd: string },
): Promise<number> {
  const [command, ...rest] = confined(program, args, {})
  const child = spawn(command, rest, { cwd: options.cwd, stdio: 'inherit' })
  const unregister = child.pid === undefined ? () => undefined : register(child.pid, program)
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGTERM', pass)
  process.on('SIGINT', pass)
  try {
    const { exitCode } = await endOf(child)
    return exitCode ?? 1
  } finally {
    process.off('SIGTERM', pass)
    process.off('SIGINT', pass)
    unregister()
  }
}
