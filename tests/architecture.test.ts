import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filesBelow } from './support/architecture/house.ts'
import { type Exception, inspect, told } from './support/architecture/rules.ts'
import { scan } from './support/architecture/scan.ts'

const EXCEPTIONS: readonly Exception[] = [
  {
    rule: 'computed imports',
    path: 'server/platform/database/cluster.ts',
    why: 'the npm package with the embedded PostgreSQL has another name on each system',
  },
  {
    rule: 'printing',
    path: 'server/platform/process/output.ts',
    why: 'what a program of ours hands to the next one goes through its standard output',
  },
]

// fewer means that the scanner looks at the wrong folder, or at nothing
const FILES_MIN = 80

function dependencies(): string[] {
  const text = readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')
  const { dependencies: named } = JSON.parse(text) as { dependencies: Record<string, string> }
  return Object.keys(named)
}

test('the house keeps its rules', () => {
  const { violations, house } = inspect(filesBelow('server'), dependencies(), EXCEPTIONS)
  expect(told(violations)).toEqual([])
  expect(house.sources.size).toBeGreaterThan(FILES_MIN)
  expect(house.arrows.length).toBeGreaterThan(3 * FILES_MIN)
  const lost = house.arrows.filter(
    (arrow) => arrow.file?.startsWith('server/') === true && !house.sources.has(arrow.file),
  )
  expect(lost.map((arrow) => `${arrow.from.path}: ${arrow.specifier}`)).toEqual([])
})

/** A small house in which everything is as it should be; it holds what the rules must not mistake for a violation. */
const SOUND: Readonly<Record<string, string>> = {
  'server/kernel/clock.ts': 'export const now = () => new Date()\nexport const id = () => Date.now()',
  'server/kernel/ids.ts': "import { randomBytes } from 'node:crypto'\nexport const secret = () => randomBytes(8)",
  'server/platform/config/env.ts': 'export const read = () => process.env',
  'server/platform/database/handle.ts': "import { Kysely } from 'kysely'\nimport pg from 'pg'\nexport { Kysely, pg }",
  'server/platform/process/run.ts': "import { spawn } from 'node:child_process'\nexport { spawn }",
  'server/platform/storage/disk.ts': "import { open } from 'node:fs/promises'\nexport { open }",
  'server/commons/identity/queries.ts':
    "import { sql } from 'kysely'\nimport { pg } from '#platform/database/handle.ts'\nexport { pg, sql }",
  'server/commons/identity/service.ts':
    "import { pg } from './queries.ts'\nexport const at = (ms: number) => [new Date(ms), pg]",
  'server/stream/index.ts':
    "import routes from './videos/routes.ts'\nexport { watch, type Video } from './videos/service.ts'\nexport const wing = { routes }",
  'server/stream/videos/routes.ts': 'export default []',
  'server/stream/videos/service.ts':
    "import { at } from '#commons/identity/service.ts'\nimport { ladder } from '../encoding/ladder.ts'\nexport type Video = string\nexport const watch = [at, ladder]",
  'server/stream/videos/queries.ts': "import { sql } from 'kysely'\nexport { sql }",
  'server/stream/encoding/ladder.ts':
    "import { now } from '#kernel/clock.ts'\nimport type { pg } from '#platform/database/handle.ts'\nexport type Pg = pg\nexport const ladder = now",
  'server/stream/watch/page.ts': "import { format } from './client/format.ts'\nexport { format }",
  'server/stream/watch/client/player.ts': "import { format } from './format.ts'\nconsole.log(Date.now(), format)",
  'server/stream/watch/client/format.ts': 'export const format = new Date()',
  'server/channels/publishing/service.ts': "import { watch } from '#stream'\nexport { watch }",
  'server/wiring.ts': "import { watch } from '#stream'\nimport { plan } from '#planner'\nexport { plan, watch }",
  'server/planner/index.ts': "export { plan } from './tasks/service.ts'",
  'server/planner/tasks/service.ts':
    '// console.log(Date.now()) stands in planner/tasks/service.ts\nexport const plan = \'import x from "#stream"\'',
  'server/planner/tasks/service.test.ts':
    "import { rm } from 'node:fs'\nimport { seed } from '#tests/support/seed.ts'\nexport { rm, seed }",
  'server/cli/up.ts': "console.log(await import('../app.ts'), await import('#stream'))",
  'server/app.ts':
    "import './wiring.ts'\nexport const pattern = /['\"`]/.test('`') ? 1 / 2 : `${process.argv.map((a) => `{${a}`)} Math.random()`",
}

test('a sound house is not blamed', () => {
  expect(told(inspect(SOUND, ['kysely', 'pg']).violations)).toEqual([])
})

const PLANTED: readonly [says: string, rule: string, path: string, text: string][] = [
  [
    'the kernel imports the platform',
    'floors',
    'server/kernel/x.ts',
    "import { open } from '#platform/storage/disk.ts'",
  ],
  ['the kernel imports a package', 'floors', 'server/kernel/x.ts', "import pg from 'pg'"],
  ['the platform imports the commons', 'floors', 'server/platform/x.ts', "import '#commons/identity/service.ts'"],
  [
    'the platform imports a wing by type alone',
    'floors',
    'server/platform/x.ts',
    "import type { Video } from '#stream'",
  ],
  ['the commons load a wing on demand', 'floors', 'server/commons/a/x.ts', "export const f = () => import('#stream')"],
  ['a wing imports the composition root', 'floors', 'server/stream/x.ts', "export * from '../app.ts'"],
  ['a test of the platform reaches up', 'floors', 'server/platform/x.test.ts', "import { watch } from '#stream'"],
  ['a folder stands on no floor', 'floors', 'server/helpers/x.ts', 'export const x = 1'],
  ['a floor is named by a relative path', 'floors', 'server/stream/x.ts', "import { now } from '../kernel/clock.ts'"],
  ['the server leans on its tests', 'floors', 'server/stream/x.ts', "import { seed } from '#tests/support/seed.ts'"],
  ['a wing knows another', 'crossings', 'server/planner/x.ts', "import { watch } from '#stream'"],
  [
    'a wing enters another past its index',
    'crossings',
    'server/channels/x.ts',
    "import { watch } from '../stream/videos/service.ts'",
  ],
  ['a command knows two wings', 'crossings', 'server/cli/x.ts', "import '#planner'\nimport { watch } from '#stream'"],
  ['a command enters a wing past its index', 'crossings', 'server/cli/x.ts', "import '../stream/videos/service.ts'"],
  ['an index hands out queries', 'indexes', 'server/studio/index.ts', "export { sql } from './scenes/queries.ts'"],
  ['an index hands out tables', 'indexes', 'server/studio/index.ts', "export type { Tables } from './tables.ts'"],
  [
    'an index hands out routes',
    'indexes',
    'server/studio/index.ts',
    "export { default as x } from './scenes/routes.ts'",
  ],
  ['an index hands out everything', 'indexes', 'server/studio/index.ts', "export * from './scenes/service.ts'"],
  [
    'an index hands out too much',
    'indexes',
    'server/studio/index.ts',
    `export { ${Array.from({ length: 21 }, (_, n) => `n${n}`).join(', ')} } from './a/service.ts'`,
  ],
  [
    "a feature uses a sibling's queries",
    'siblings',
    'server/stream/encoding/service.ts',
    "import { sql } from '../videos/queries.ts'",
  ],
  [
    "a feature uses the type of a sibling's table",
    'siblings',
    'server/stream/encoding/service.ts',
    "import type { sql } from '../videos/queries.ts'",
  ],
  [
    "a feature of the commons uses a sibling's queries",
    'siblings',
    'server/commons/billing/service.ts',
    "import { sql } from '../identity/queries.ts'",
  ],
  [
    'a feature hands its queries on',
    'siblings',
    'server/stream/videos/service.ts',
    "export { sql } from './queries.ts'",
  ],
  [
    'browser code reaches into the server',
    'browser',
    'server/stream/watch/client/x.ts',
    "import type { Video } from '../../videos/service.ts'",
  ],
  [
    'a feature uses the browser code of another',
    'browser',
    'server/stream/videos/service.ts',
    "import { format } from '../watch/client/format.ts'",
  ],
  ['two files need each other', 'circles', 'server/kernel/x.ts', "import type { Y } from './y.ts'\nexport type X = Y"],
  ['a file needs itself', 'circles', 'server/kernel/x.ts', "export { x as y } from './x.ts'"],
  ['the environment is read', 'environment', 'server/platform/http/x.ts', 'export const x = process.env'],
  [
    'the environment is read by a trick',
    'environment',
    'server/platform/http/x.ts',
    'const { env } = process\nexport { env }',
  ],
  ['a program is started', 'programs', 'server/stream/encoding/x.ts', "import { spawn } from 'node:child_process'"],
  [
    'a file is opened',
    'files',
    'server/stream/encoding/x.ts',
    "const fs = await import('node:fs/promises')\nexport { fs }",
  ],
  ['the clock is read', 'clock and chance', 'server/platform/http/x.ts', 'export const x = Date.now()'],
  ['today is asked', 'clock and chance', 'server/platform/http/x.ts', 'export const x = new Date( )'],
  ['the dice are thrown', 'clock and chance', 'server/platform/http/x.ts', 'export const x = `${Math.random()}`'],
  [
    'an id is made elsewhere',
    'clock and chance',
    'server/platform/http/x.ts',
    "import { randomUUID } from 'node:crypto'",
  ],
  ['the query builder leaves queries.ts', 'query builder', 'server/stream/videos/x.ts', "import { sql } from 'kysely'"],
  ['a wing opens a connection', 'database driver', 'server/stream/videos/queries.ts', "import pg from 'pg'"],
  [
    'a service writes SQL by hand',
    'raw SQL',
    'server/stream/videos/x.ts',
    "import { rawQuery } from '#platform/database/handle.ts'",
  ],
  ['a service prints', 'printing', 'server/stream/videos/x.ts', 'console.log(1)'],
  ['a service ends the process', 'exit', 'server/stream/videos/x.ts', 'process.exit(1)'],
  [
    'an import is computed',
    'computed imports',
    'server/stream/videos/x.ts',
    'export const f = (a: string) => import(a)',
  ],
  [
    'a lower floor speaks of a higher one',
    'comments',
    'server/platform/http/x.ts',
    '/** See `stream/videos/service.ts`. */\nexport const x = 1',
  ],
  [
    'a comment names a floor above by its alias',
    'comments',
    'server/kernel/x.ts',
    '// like #platform/http\nexport const x = 1',
  ],
  ['the server needs a tool', 'packages', 'server/stream/videos/x.ts', "import { test } from 'vitest'"],
]

const BESIDE: Readonly<Record<string, string>> = {
  'server/kernel/y.ts': "import type { X } from './x.ts'\nexport type Y = X",
}

test.for(PLANTED)('it is reported when %s', ([, rule, path, text]) => {
  const { violations } = inspect({ ...SOUND, ...BESIDE, [path]: text }, ['kysely', 'pg'])
  expect(violations.map((violation) => violation.rule)).toContain(rule)
  expect(violations.filter((violation) => violation.rule === rule).map((violation) => violation.path)).toContain(path)
})

test('an exception excuses one rule in one file, and is reported when nothing needs it', () => {
  const exception = { rule: 'printing', path: 'server/app.ts', why: 'for the test' }
  const printing = { ...SOUND, 'server/app.ts': 'console.log(Math.random())' }
  expect(inspect(printing, ['kysely', 'pg'], [exception]).violations.map((violation) => violation.rule)).toEqual([
    'clock and chance',
  ])
  expect(told(inspect(SOUND, ['kysely', 'pg'], [exception]).violations)).toEqual([
    'server/app.ts:1 [printing] needs its exception no longer: take it out',
  ])
})

test('imports are found on their lines, and none in comments, strings, templates and regular expressions', () => {
  const text = [
    "import a, { type B } from './a.ts'",
    "// import x from './no.ts'",
    "/* import('./no.ts') */ export type { C } from './c.ts'",
    "import { type D, type E } from './d.ts'",
    "const s = 'import(\"./no.ts\")', r = /import '.no'/, t = `${await import('./in.ts')} import('./no.ts')`",
    "type F = typeof import('./f.ts')",
    'import {',
    '  g,',
    "} from './g.ts'",
    "import './side.ts'",
  ].join('\n')
  expect(scan(text).imports.map(({ specifier, kind, line }) => [specifier, kind, line])).toEqual([
    ['./a.ts', 'static', 1],
    ['./c.ts', 'type', 3],
    ['./d.ts', 'type', 4],
    ['./g.ts', 'static', 7],
    ['./side.ts', 'static', 10],
    ['./in.ts', 'dynamic', 5],
    ['./f.ts', 'type', 6],
  ])
})

test('scanning keeps every position, whatever the text', () => {
  const pieces = fc.constantFrom(
    "'",
    '"',
    '`',
    '${',
    '}',
    '{',
    '/',
    '//',
    '/*',
    '*/',
    '\\',
    '\n',
    ' ',
    'a',
    '1',
    '(',
    ')',
    'return',
    'import',
  )
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 60 }), (parts) => {
      const text = parts.join('')
      const { code } = scan(text)
      expect(code.length).toBe(text.length)
      expect(code.split('\n').length).toBe(text.split('\n').length)
    }),
    { numRuns: 2000 },
  )
})
