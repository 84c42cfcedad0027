import { AsyncLocalStorage } from 'node:async_hooks'

/** The statements of one request or job, without BEGIN, the scope and COMMIT. */
export interface StatementCount {
  count: number
  /** The text of each statement, kept only when asked for: tests look for N+1 with it. */
  readonly statements: string[] | null
}

const storage = new AsyncLocalStorage<StatementCount>()

/** Runs `work` while counting the statements that it causes, through any number of awaits. */
export function countingStatements<R>(counter: StatementCount, work: () => R): R {
  return storage.run(counter, work)
}

/** The counter of the running request or job, if any. */
export function statementCounter(): StatementCount | undefined {
  return storage.getStore()
}
