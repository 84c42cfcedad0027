import { expect, test } from 'vitest'
import { configurationTable, envExample, withConfigurationTable } from './document.ts'
import { toEnv } from './env.ts'
import { VARIABLE_NAMES } from './variables.ts'

test('the environment wins over .env, and empty values count as unset', () => {
  const file = 'AIRDATE_DB_MAX=20\nAIRDATE_LOG_LEVEL="debug" # why\nREDIS_URL=\n'
  expect(toEnv({ AIRDATE_DB_MAX: '30', AIRDATE_LOG_LEVEL: '', HOME: '/' }, file)).toEqual({
    values: { AIRDATE_DB_MAX: '30', AIRDATE_LOG_LEVEL: 'debug' },
    unknown: [],
  })
})

test('names that look like settings but are none are found', () => {
  const env = toEnv({ AIRDATE_DBMAX: '30', AIRDATE_ENV_FD: '7', AIRDATE_TEST_SEED: '1' }, 'AIRDATE_PORT=1\n')
  expect(env.unknown).toEqual(['AIRDATE_DBMAX', 'AIRDATE_PORT'])
})

test('.env.example sets nothing, and with its values filled in sets what it documents', () => {
  expect(toEnv({}, envExample())).toEqual({ values: {}, unknown: [] })
  const filled = envExample().replaceAll(/^#([A-Z0-9_]+)=.*$/gm, '$1=x')
  expect(Object.keys(toEnv({}, filled).values)).toEqual(VARIABLE_NAMES)
})

test('the table has one row for each variable, and nothing in it breaks a row', () => {
  const [, , ...rows] = configurationTable().split('\n')
  expect(rows.map((row) => row.split(' | ')[0])).toEqual(VARIABLE_NAMES.map((name) => `| \`${name}\``))
  for (const row of rows) expect(row.split('|')).toHaveLength(6)
})

test('the table replaces what stands between its marks, and only that', () => {
  const readme = 'before\n<!-- configuration:start -->\nold\n<!-- configuration:end -->\nafter\n'
  const once = withConfigurationTable(readme)
  expect(once).toContain('before\n')
  expect(once).not.toContain('\nold\n')
  expect(once.endsWith('<!-- configuration:end -->\nafter\n')).toBe(true)
  expect(withConfigurationTable(once)).toBe(once)
})

test('a README without marks is refused', () => {
  expect(() => withConfigurationTable('nothing')).toThrow(/configuration:start/)
})
