/**
 * Writes to this process's standard output, for programs of ours that another program reads (see `runPiped`). Resolves
 * when there is room for more.
 * @throws Error when the reader is gone
 */
export function writeOutput(bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(bytes, (error) => (error === null || error === undefined ? resolve() : reject(error)))
  })
}
