import { monotonicMs } from '#kernel/clock.ts'
import { say } from './output.ts'

// `timeout` and some supervisors signal the process and its group: one wish that arrives twice
const SAME_WISH_MS = 500

/** Resolves at the first SIGTERM or SIGINT with its name. Disposing gives the signals back. */
export interface Stopping extends Disposable {
  readonly signal: Promise<NodeJS.Signals>
}

/** Takes SIGTERM and SIGINT: the first asks for an orderly end, a later one ends the process at once. */
export function stopping(): Stopping {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let askedMs: number | null = null
  const onSignal = (signal: NodeJS.Signals): void => {
    if (askedMs === null) {
      askedMs = monotonicMs()
      resolve(signal)
      return
    }
    if (monotonicMs() - askedMs < SAME_WISH_MS) return
    say('stopped at once; what was under way is taken up at the next start')
    // the one place that does not empty the loop: whoever asks twice does not want to wait. Children die with us.
    process.exit(1)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return {
    signal: promise,
    [Symbol.dispose]() {
      process.off('SIGTERM', onSignal)
      process.off('SIGINT', onSignal)
    },
  }
}
