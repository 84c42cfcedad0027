import { VARIABLE_NAMES, variable, type Variable } from './variables.ts'

/** Between these lines of README.md stands the table of settings; `airdate generate` replaces what is there. */
export const TABLE_START = '<!-- configuration:start -->'
export const TABLE_END = '<!-- configuration:end -->'

function whenUnset(definition: Variable): string {
  if (definition.fallback !== undefined) return `\`${definition.fallback}\``
  return definition.whenUnset ?? '–'
}

/** The table of all settings in Markdown, without an empty line around it. */
export function configurationTable(): string {
  const rows = VARIABLE_NAMES.map((name) => {
    const definition = variable(name)
    return `| \`${name}\` | ${definition.form} | ${whenUnset(definition)} | ${definition.doc} |`
  })
  return ['| variable | form | when unset | what it does |', '| --- | --- | --- | --- |', ...rows].join('\n')
}

/** The text of `.env.example`: every setting, commented out. */
export function envExample(): string {
  const parts = VARIABLE_NAMES.map((name) => {
    const definition = variable(name)
    const unset = definition.fallback ?? definition.whenUnset
    const form = unset === undefined ? definition.form : `${definition.form}; when unset: ${unset}`
    return `# ${definition.doc}.\n# ${form}\n#${name}=${definition.fallback ?? ''}\n`
  })
  return `# Copy to .env; what the environment sets wins. Made by \`./airdate generate\`.\n\n${parts.join('\n')}`
}

/** `readme` with the table of settings between its two marks. @throws Error when the marks are missing */
export function withConfigurationTable(readme: string): string {
  const start = readme.indexOf(TABLE_START)
  const end = readme.indexOf(TABLE_END)
  if (start < 0 || end < start) throw new Error(`README.md has no ${TABLE_START} … ${TABLE_END}`)
  return `${readme.slice(0, start)}${TABLE_START}\n${configurationTable()}\n${readme.slice(end)}`
}
