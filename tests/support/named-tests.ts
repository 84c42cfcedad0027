/** How a document names a test: its file, the groups around it and its name, as `path` › group › name. */
const NAMED = /^`((?:server|tests)\/[\w./-]+\.(?:test|conformance)\.ts)` › (.+)$/

/**
 * What a line of a document says of a test that is not so; none when the test is there, with what its name leaves open
 * written as the source has it (`%s`). `read` gives the text of a file of the house, or null.
 */
export function namedTestFaults(line: string, read: (path: string) => string | null): string[] {
  const [, path = '', names = ''] = NAMED.exec(line) ?? []
  if (path === '') return [`no test is named by “${line}”`]
  const text = read(path)
  if (text === null) return [`there is no ${path}`]
  let from = 0
  for (const name of names.split(' › ')) {
    const at = placeOf(name, text, from)
    if (at < 0) return [`there is no “${name}” in ${path}`]
    from = at
  }
  return []
}

/** Where a text stands that a call is given first, in whatever quotes, from a place on; -1 where none does. */
function placeOf(name: string, text: string, from: number): number {
  const spellings = [`'${name.replaceAll("'", String.raw`\'`)}',`, `"${name}",`, `\`${name}\`,`]
  const found = spellings.map((spelling) => text.indexOf(spelling, from)).filter((at) => at >= 0)
  return found.length === 0 ? -1 : Math.min(...found)
}
