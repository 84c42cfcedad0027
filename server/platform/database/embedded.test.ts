import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { identityOf } from '#platform/process/identity.ts'
import { giveToScripts, type Script, script } from '#tests/support/script.ts'
import { lastWords, socketFits } from './cluster.ts'

const SERVER = join(import.meta.dirname, 'fixtures/server.ts')

function newPlace(): string {
  const path = mkdtempSync(join(tmpdir(), 'airdate-pg-'))
  giveToScripts(path)
  return path
}

/** A data folder whose database was made and stopped in order. */
let made: string
beforeAll(async () => {
  made = newPlace()
  await stop(await begun(made))
})
afterAll(() => rmSync(made, { recursive: true, force: true }))

let place: string
beforeEach(() => {
  place = newPlace()
})
afterEach(() => rmSync(place, { recursive: true, force: true }))

/** Puts a copy of it there: most tests are not about how a database is made, which takes a second of a processor. */
function givenMade(folder = place): void {
  mkdirSync(folder, { recursive: true })
  execFileSync('cp', ['-a', `${made}/.`, folder])
}

// initdb waits for a thousand files to be on disk, which only one test needs
const start = (folder = place): Script => script(SERVER, [folder, 'fast'])
const startDurably = (): Script => script(SERVER, [place])

async function ask(server: Script, sql: string): Promise<unknown> {
  server.send(sql)
  return (await server.next())['rows']
}

async function stop(server: Script): Promise<void> {
  server.send('stop')
  await server.end('SIGCONT')
}

test('it starts, keeps what is written, survives kill -9 of the main process, and stops in order', async () => {
  const first = startDurably()
  const told = await first.next()
  expect(told).toMatchObject({ host: join(place, 'run'), port: 5432, attached: true, leftovers: [] })
  expect(await ask(first, 'create table t as select 1 as x')).toEqual([])
  expect(
    await ask(
      first,
      "select datlocprovider, datlocale, current_setting('data_checksums') as sums, current_setting('fsync') as fsync from pg_database where datname = current_database()",
    ),
  ).toEqual([{ datlocprovider: 'b', datlocale: 'C.UTF-8', sums: 'on', fsync: 'on' }])
  await first.end('SIGKILL')

  const second = startDurably()
  const again = await second.next()
  expect(again['pid']).not.toBe(told['pid'])
  expect(identityOf(Number(told['pid']))).toBeNull()
  expect(await ask(second, 'select x from t')).toEqual([{ x: 1 }])
  await stop(second)
  expect(identityOf(Number(again['pid']))).toBeNull()
  expect(readdirSync(join(place, 'run')).toSorted()).toEqual(['children', 'lock'])
  expect(readdirSync(join(place, 'run/children'))).toEqual([])
})

test('nobody comes in without the password', async () => {
  givenMade()
  const server = start()
  await server.next()
  const rules = readFileSync(join(place, 'pg/pg_hba.conf'), 'utf8')
    .split('\n')
    .filter((line) => /^[a-z]/.test(line))
  for (const rule of rules) expect(rule).toMatch(/scram-sha-256$/)
  await stop(server)
})

test('a number in postmaster.pid that belongs to another process does not hinder the start', async () => {
  givenMade()
  // after a restart of the machine, or in a container, the number may be anybody's: here it is ours
  writeFileSync(
    join(place, 'pg/postmaster.pid'),
    `${process.pid}\n${join(place, 'pg')}\n1\n5432\n${join(place, 'run')}\n\n\nready\n`,
  )
  giveToScripts(join(place, 'pg/postmaster.pid'))
  await stop(await begun())
})

test('a path that is too long for a socket is served on 127.0.0.1', async () => {
  const long = join(place, 'x'.repeat(100))
  expect(socketFits(join(long, 'run'))).toBe(false)
  givenMade(long)
  const server = start(long)
  const told = await server.next()
  expect(told['host']).toBe('127.0.0.1')
  expect(await ask(server, 'select 1 as x')).toEqual([{ x: 1 }])
  await stop(server)
})

test('when PostgreSQL is killed under us, the server is told', async () => {
  givenMade()
  await using server = start()
  const { pid } = await server.next()
  process.kill(Number(pid), 'SIGKILL')
  expect((await server.next())['failed']).toMatch(/^PostgreSQL ended/)
})

test('another major version, damage and the remains of an interrupted beginning are dealt with', async () => {
  mkdirSync(join(place, 'pg.new'))
  writeFileSync(join(place, 'pg.new/half'), '')
  writeFileSync(join(place, 'VERSION'), '1\n')
  for (const path of ['pg.new', 'pg.new/half', 'VERSION']) giveToScripts(join(place, path))
  await stop(await begun())
  expect(readdirSync(place)).not.toContain('pg.new')

  writeFileSync(join(place, 'pg/PG_VERSION'), '17\n')
  expect(await start().next()).toEqual({
    error: `the database in ${join(place, 'pg')} was made by PostgreSQL 17, and this Airdate brings 18`,
  })
  writeFileSync(join(place, 'pg/PG_VERSION'), '18\n')
  rmSync(join(place, 'pg/global/pg_control'))
  expect((await start().next())['error']).toMatch(/^PostgreSQL does not start: .*control/)
})

test('the reason for which PostgreSQL gives up is told without its prefix', () => {
  expect(lastWords(['LOG:  a', 'FATAL:  could not x', 'LOG:  shut down'])).toBe('could not x')
  expect(lastWords(['PANIC:  could not write to file "a": No space left on device'])).toBe('the disk is full')
  expect(lastWords(['initdb: error: could not access directory "/x": Permission denied'])).toBe(
    'could not access directory "/x": Permission denied',
  )
  expect(lastWords([])).toBe('it gave no reason')
})

async function begun(folder = place): Promise<Script> {
  const server = start(folder)
  expect(await server.next()).toHaveProperty('pid')
  return server
}
