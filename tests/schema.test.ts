import { afterAll, beforeAll, expect, test } from 'vitest'
import { filesBelow, placeOf } from './support/architecture/house.ts'
import { type TestDatabase, productMigrations, testDatabase } from './support/database.ts'
import { type Fault, SCHEMAS, type Sql, catalogueFaults, softDeleteFaults } from './support/schema/catalogue.ts'
import { declaredTables, interfaceFaults } from './support/schema/interfaces.ts'

/** What may differ from a rule, and why. */
const EXCEPTIONS: readonly { rule: string; subject: string; why: string }[] = [
  {
    rule: 'row-level security',
    subject: 'platform.migrations',
    why: 'made by the migrator before there are roles; the application cannot read it and the system can only read',
  },
  {
    rule: 'row-level security',
    subject: 'platform.connection_claims',
    why: 'belongs to no workspace and no person, and the application has no right to it',
  },
  {
    rule: 'every row says when it was made',
    subject: 'platform.schedules',
    why: 'a schedule is made in the code; the row only says when it fires next',
  },
]

/** What a person would want back after deleting it. */
const SOFT_DELETED = [
  ...['commons.users', 'commons.workspaces', 'stream.videos'],
  ...['planner.captures', 'planner.tasks', 'planner.projects', 'planner.saved_filters', 'channels.productions'],
  ...['planner.templates', 'planner.agents', 'planner.workflows'],
]

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

const sqlOf =
  (database: TestDatabase): Sql =>
  (text, values) =>
    database.sql(text, values)

const told = (faults: readonly Fault[]): string[] =>
  faults.map(({ rule, subject, says }) => `${subject}: ${says} [${rule}]`)

/** The declarations of the product's tables; tests declare their own. */
function declarations(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filesBelow('server')).filter(([path]) => placeOf(path).purpose === 'product'),
  )
}

test('the database keeps the rules of the house', async () => {
  const faults = await catalogueFaults(sqlOf(db))
  const excused = (fault: Fault) =>
    EXCEPTIONS.some((exception) => exception.rule === fault.rule && exception.subject === fault.subject)
  expect(told(faults.filter((fault) => !excused(fault)))).toEqual([])
  const idle = EXCEPTIONS.filter(
    ({ rule, subject }) => !faults.some((one) => one.rule === rule && one.subject === subject),
  )
  expect(idle).toEqual([])
  const [tables] = await db.sql<{ count: number }>('select count(*)::int from pg_tables where schemaname = any($1)', [
    SCHEMAS,
  ])
  expect(tables?.count).toBeGreaterThan(10)
})

test('what a person would want back is deleted softly', async () => {
  expect(told(await softDeleteFaults(sqlOf(db), SOFT_DELETED))).toEqual([])
})

test('the row types are those of the database', async () => {
  const declared = declaredTables(declarations())
  expect(told(await interfaceFaults(sqlOf(db), declared))).toEqual([])
  expect(declared.length).toBeGreaterThan(5)
  expect(declared.map((table) => table.name).toSorted()).toEqual(
    [...new Set(declared.map((table) => table.name))].toSorted(),
  )
})

test('a migration is named by its time, its wing and what it does', () => {
  const names = productMigrations().map((migration) => migration.name)
  const form = new RegExp(`^\\d{8}T\\d{4}_(${SCHEMAS.join('|')})_[a-z][a-z_]*$`)
  expect(names.filter((name) => !form.test(name))).toEqual([])
  expect(new Set(names.map((name) => name.slice(0, 13))).size).toBe(names.length)
})

const PLANTED = `
  create schema elsewhere;
  create table studio.open (id uuid primary key, created_at timestamptz not null default now());
  create table studio.unforced (id uuid primary key, created_at timestamptz not null default now());
  alter table studio.unforced enable row level security;
  create policy p on studio.unforced using (true);
  create table studio.unruled (id uuid primary key, made timestamp not null default now());
  alter table studio.unruled enable row level security;
  alter table studio.unruled force row level security;
  create table planner.chores (
    id uuid primary key,
    scene_id uuid not null references studio.open (id),
    second integer,
    other_id uuid references commons.users (id),
    created_at timestamptz default now()
  );
  create index on planner.chores (second, scene_id);
  create index on planner.chores (other_id) where second is not null;
  create view studio.peek as select * from studio.open;
  create function studio.reach() returns integer language sql security definer as 'select 1';
  create function studio.call() returns integer language sql security definer set search_path = pg_catalog as 'select 1';
  grant truncate on studio.open to airdate_app;
  grant create on schema studio to airdate_app;
  create table public.stray (id integer);
  alter table studio.unruled owner to airdate_system;
`

test('every planted fault of the catalogue is reported', async () => {
  await using planted = await testDatabase()
  await planted.sql(PLANTED)
  const before = new Set(told(await catalogueFaults(sqlOf(db))))
  const faults = told(await catalogueFaults(sqlOf(planted))).filter((line) => !before.has(line))
  expect(faults).toEqual([
    'planner.chores: row-level security is off [row-level security]',
    'studio.open: row-level security is off [row-level security]',
    'studio.unforced: row-level security is not forced [row-level security]',
    'studio.unruled: row-level security is on without a policy [row-level security]',
    'studio.peek: the view is not security_invoker [views]',
    'planner.chores: chores_scene_id_fkey points to studio.open [foreign keys across wings]',
    'planner.chores: no index begins with the columns of chores_other_id_fkey [an index behind every foreign key]',
    'planner.chores: no index begins with the columns of chores_scene_id_fkey [an index behind every foreign key]',
    'planner.chores: no timestamptz column that is filled with now() [every row says when it was made]',
    'studio.unruled: no timestamptz column that is filled with now() [every row says when it was made]',
    'studio.unruled: made has no time zone [times have a zone]',
    'elsewhere: nobody knows this schema [no schema but ours]',
    'stray: lies in public [no schema but ours]',
    'studio.call(): anybody may call it [functions with their owner’s rights]',
    'studio.reach(): its search_path is open [functions with their owner’s rights]',
    'airdate_app: may create in schema studio [roles without might]',
    'airdate_app: may truncate studio.open [roles without might]',
    'airdate_system: may truncate studio.unruled [roles without might]',
    'airdate_system: owns table studio.unruled [roles without might]',
  ])
})

test('an index that leaves out nulls stands behind a foreign key, in whatever order its columns are', async () => {
  await using sound = await testDatabase()
  await sound.sql(`
    create table studio.pairs (a uuid, b uuid, primary key (a, b));
    create table studio.links (
      a uuid, b uuid, user_id uuid references commons.users (id), foreign key (a, b) references studio.pairs (a, b)
    );
    create index on studio.links (b, a);
    create index on studio.links (user_id) where user_id is not null;
  `)
  const faults = await catalogueFaults(sqlOf(sound))
  expect(faults.filter((fault) => fault.rule === 'an index behind every foreign key')).toEqual([])
})

test('a table without deleted_at is reported, and one that does not exist', async () => {
  expect(told(await softDeleteFaults(sqlOf(db), ['commons.users', 'commons.api_tokens', 'commons.nothing']))).toEqual([
    'commons.api_tokens: has no nullable timestamptz deleted_at [soft delete]',
    'commons.nothing: has no nullable timestamptz deleted_at [soft delete]',
  ])
})

test('every difference between a row type and its table is reported', async () => {
  const declared = declaredTables({
    'tables.ts': `
interface WorkspacesTable {
  id: number
  name: string | null
  ownerId: ColumnDefault<string>
  colour: string
  createdAt: ColumnDefault<Date>
  deletedAt: Date | null
}
interface GhostTable {
  id: string
}
interface Tables {
  'commons.workspaces': WorkspacesTable
  'commons.friendlyGhosts': GhostTable
}`,
  })
  const faults = told(await interfaceFaults(sqlOf(db), declared)).filter(
    (line) => !line.includes('no interface declares it'),
  )
  expect(faults).toEqual([
    'commons.workspaces: tables.ts declares colour and the database has none [interfaces]',
    'commons.workspaces: tables.ts: id is number in TypeScript and uuid in the database [interfaces]',
    'commons.workspaces: tables.ts: name is not null in the database [interfaces]',
    'commons.workspaces: tables.ts: owner_id has no default in the database [interfaces]',
    'commons.workspaces: tables.ts: updated_at is not declared [interfaces]',
    'commons.workspaces: tables.ts: personal_of is not declared [interfaces]',
    'commons.workspaces: tables.ts: version is not declared [interfaces]',
    'commons.friendly_ghosts: tables.ts declares it and the database has none [interfaces]',
  ])
  expect(told(await interfaceFaults(sqlOf(db), []))).toContain('commons.users: no interface declares it [interfaces]')
})
