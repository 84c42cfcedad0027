import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newId } from '#kernel/ids.ts'
import { isProblem } from '#kernel/errors.ts'
import type { Writing } from '#platform/database/database.ts'
import { type AppScope, systemScope } from '#platform/database/scope.ts'
import { createLogger } from '#platform/observability/log.ts'
import { givenStranger } from '#tests/support/attacks.ts'
import { type TestDatabase, testDatabase } from '#tests/support/database.ts'
import { type Outcome, endExpired } from './expiry.ts'
import { BudgetExceeded, type Reservation, costsOn, recordSpend, release, reserve, settle } from './service.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await testDatabase()
})
afterAll(() => db[Symbol.asyncDispose]())

type Period = 'day' | 'month' | 'total'

/** A workspace of its own, with these budgets. */
async function givenWorkspace(budgets: Partial<Record<Period, number>> = {}) {
  const { workspaceId } = await givenStranger({ db })
  for (const [period, limit] of Object.entries(budgets)) {
    await db.sql(
      `insert into commons.budgets (id, workspace_id, period, limit_micros, currency) values ($1, $2, $3, $4, 'USD')`,
      [newId(), workspaceId, period, limit],
    )
  }
  const scope: AppScope = { role: 'app', workspaceId, userId: null }
  const write = <R>(work: (tx: Writing) => Promise<R>): Promise<R> => db.database.transaction(scope, work)
  const wish = (amountMicros: number, source = `test:${newId()}`): Reservation => ({
    ...{ workspaceId, source, amountMicros, provider: 'test', currency: 'USD', owner: 'test', ttlMs: 60_000 },
  })
  return {
    ...{ workspaceId, wish, write },
    reserve: (amountMicros: number, source?: string) => write((tx) => reserve(tx, wish(amountMicros, source))),
    settle: (source: string, amountMicros: number) => write((tx) => settle(tx, source, amountMicros)),
    release: (source: string) => write((tx) => release(tx, source)),
    costs: async () => (await costsOn({ database: db.database, scope }, ''))[0] ?? { spentMicros: 0, heldMicros: 0 },
  }
}

/** What the days, the open reservations and the lines say of a workspace, which must be the same. */
async function proof(workspaceId: string) {
  const [row] = await db.sql(
    `select
       (select coalesce(sum(held_micros), 0)::int from commons.spend_days where workspace_id = $1) as "daysHeld",
       (select coalesce(sum(spent_micros), 0)::int from commons.spend_days where workspace_id = $1) as "daysSpent",
       (select coalesce(sum(held_micros), 0)::int from commons.reservations where workspace_id = $1) as "openHeld",
       (select coalesce(sum(held_micros), 0)::int from commons.spends where workspace_id = $1) as "linesHeld",
       (select coalesce(sum(amount_micros), 0)::int from commons.spends where workspace_id = $1) as "linesSpent",
       (select count(*)::int from (
          select source from commons.spends where workspace_id = $1 group by source
          having count(*) filter (where kind in ('spend', 'reserve')) <> 1
            or count(*) filter (where kind in ('settle', 'release')) > 1) as odd) as odd`,
    [workspaceId],
  )
  return row as Record<'daysHeld' | 'daysSpent' | 'openHeld' | 'linesHeld' | 'linesSpent' | 'odd', number>
}

async function expectBalance(workspaceId: string) {
  const found = await proof(workspaceId)
  expect(found.odd).toBe(0)
  expect(found.daysHeld).toBe(found.linesHeld)
  expect(found.openHeld).toBe(found.linesHeld)
  expect(found.daysSpent).toBe(found.linesSpent)
  return found
}

const refusedByBudget = (error: unknown): false => {
  if (isProblem(error, BudgetExceeded)) return false
  throw error
}

describe('a reservation', () => {
  test('holds, and is settled once, at what it cost', async () => {
    const given = await givenWorkspace()
    expect(await given.reserve(100, 'a')).toBe(true)
    expect(await given.costs()).toMatchObject({ heldMicros: 100, spentMicros: 0 })
    const ends = await Promise.all([given.settle('a', 70), given.settle('a', 70), given.release('a')])
    expect(ends.filter(Boolean)).toHaveLength(1)
    expect(await given.settle('a', 70)).toBe(false)
    await expectBalance(given.workspaceId)
    expect((await given.costs()).heldMicros).toBe(0)
  })

  test('is made once for a source, and not for what was paid already', async () => {
    const given = await givenWorkspace()
    const made = await Promise.all([given.reserve(5, 'b'), given.reserve(5, 'b'), given.reserve(9, 'b')])
    expect(made.filter(Boolean)).toHaveLength(1)
    expect(await given.release('b')).toBe(true)
    expect(await given.reserve(5, 'b')).toBe(false)
    const { workspaceId } = given
    const spend = { workspaceId, source: 'c', provider: 'test', amountMicros: 3, currency: 'USD' }
    expect(await given.write((tx) => recordSpend(tx, spend))).toBe(true)
    expect(await given.reserve(5, 'c')).toBe(false)
    expect(await expectBalance(workspaceId)).toMatchObject({ linesSpent: 3, linesHeld: 0 })
  })

  test('that is undone with its transaction holds nothing', async () => {
    const given = await givenWorkspace({ total: 10 })
    const undone = given.write(async (tx) => {
      await reserve(tx, given.wish(10))
      throw new Error('undone')
    })
    await expect(undone).rejects.toThrow('undone')
    expect(await given.reserve(10)).toBe(true)
  })

  test('of another workspace is not there, and none is made in its name', async () => {
    const [given, other] = [await givenWorkspace(), await givenWorkspace()]
    await given.reserve(10, 'd')
    expect(await other.settle('d', 1)).toBe(false)
    expect(await other.release('d')).toBe(false)
    await expect(other.write((tx) => reserve(tx, given.wish(1)))).rejects.toThrow('row-level security')
    expect((await given.costs()).heldMicros).toBe(10)
  })
})

describe('a budget', () => {
  test('is not passed by two hundred who reserve at once (E7)', async () => {
    const given = await givenWorkspace({ day: 1000 })
    const made = await Promise.all(
      Array.from({ length: 200 }, () => given.reserve(10).catch((error: unknown) => refusedByBudget(error))),
    )
    expect(made.filter(Boolean)).toHaveLength(100)
    expect(await expectBalance(given.workspaceId)).toMatchObject({ linesHeld: 1000 })
    await expect(given.reserve(1)).rejects.toMatchObject({ extra: { period: 'day', leftMicros: 0, limitMicros: 1000 } })
    expect(await given.reserve(0)).toBe(true)
  })

  test('counts what was spent and what is held, and gives back what costs less', async () => {
    const given = await givenWorkspace({ month: 100 })
    await given.reserve(100, 'e')
    await expect(given.reserve(1)).rejects.toSatisfy((error) => isProblem(error, BudgetExceeded))
    await given.settle('e', 40)
    expect(await given.reserve(60, 'f')).toBe(true)
    await given.release('f')
    expect(await given.reserve(60, 'g')).toBe(true)
    // What cost more than was held was paid all the same, and leaves that much less.
    await given.settle('g', 90)
    await expect(given.reserve(1)).rejects.toMatchObject({ extra: { leftMicros: 0 } })
    expect(await expectBalance(given.workspaceId)).toMatchObject({ linesSpent: 130 })
  })

  test('is of its period: the smallest one decides, and days before count for the month alone', async () => {
    const given = await givenWorkspace({ day: 50, month: 120, total: 1000 })
    const before = (days: string, micros: number) =>
      db.sql(
        `insert into commons.spend_days (workspace_id, currency, day, held_micros, spent_micros)
         values ($1, 'USD', ${days}, 0, $2)`,
        [given.workspaceId, micros],
      )
    await before(`date_trunc('month', now() at time zone 'utc')::date - 1`, 500)
    expect(await given.reserve(50)).toBe(true)
    await expect(given.reserve(1)).rejects.toMatchObject({ extra: { period: 'day' } })
    await db.sql('delete from commons.budgets where workspace_id = $1 and period = $2', [given.workspaceId, 'day'])
    expect(await given.reserve(70)).toBe(true)
    await expect(given.reserve(1)).rejects.toMatchObject({ extra: { period: 'month' } })
    await db.sql('delete from commons.budgets where workspace_id = $1 and period = $2', [given.workspaceId, 'month'])
    await expect(given.reserve(381)).rejects.toMatchObject({ extra: { period: 'total', leftMicros: 380 } })
    expect(await given.reserve(380)).toBe(true)
  })
})

/** `AIRDATE_TEST_LEDGER_RUNS` says how many random histories are lived through: 8 unless it is given, hundreds when it matters. */
const RUNS = Number(process.env['AIRDATE_TEST_LEDGER_RUNS'] ?? '8')

type Step =
  | { readonly kind: 'reserve'; readonly source: number; readonly micros: number }
  | { readonly kind: 'settle'; readonly source: number; readonly share: number }
  | { readonly kind: 'release'; readonly source: number }

const sources = fc.nat(9)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('reserve'), source: sources, micros: fc.nat(60) } as const),
  fc.record({ kind: fc.constant('settle'), source: sources, share: fc.nat(100) } as const),
  fc.record({ kind: fc.constant('release'), source: sources } as const),
)

test('whatever happens at once, no budget is passed and the balance is the sum of the lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 20, max: 200 }),
      fc.array(fc.array(step, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
      async (limit, rounds) => {
        const given = await givenWorkspace({ total: limit })
        const held = new Map<number, number>()
        const run = (one: Step): Promise<boolean> => {
          const source = `${given.workspaceId}:${one.source}`
          if (one.kind === 'release') return given.release(source)
          if (one.kind === 'settle')
            return given.settle(source, Math.floor(((held.get(one.source) ?? 0) * one.share) / 100))
          return given.reserve(one.micros, source).catch((error: unknown) => refusedByBudget(error))
        }
        for (const round of rounds) {
          // What is settled was reserved in a round before: it is known what was held.
          const done = await Promise.all(round.map(run))
          for (const [at, one] of round.entries())
            if (one.kind === 'reserve' && done[at] === true) held.set(one.source, one.micros)
          const { linesHeld, linesSpent } = await expectBalance(given.workspaceId)
          expect(linesHeld + linesSpent).toBeLessThanOrEqual(limit)
        }
      },
    ),
    { numRuns: RUNS },
  )
})

describe('a reservation whose holder has died', () => {
  const ground = () => ({ database: db.database, scope: systemScope, log: createLogger('silent') })
  const expire = (source: string) =>
    db.sql(`update commons.reservations set expires_at = now() - interval '1 second' where source = $1`, [source])
  const owner = (outcome: Outcome) => ({ name: 'test', outcomeOf: () => outcome })

  test('is asked about: it is settled, given back, or held on', async () => {
    const given = await givenWorkspace()
    for (const source of ['h', 'i', 'j']) await given.reserve(10, source)
    expect(await endExpired(ground(), [owner({ settleMicros: 10 })])).toBe(0)
    await expire('h')
    expect(await endExpired(ground(), [owner({ settleMicros: 4 })])).toBe(1)
    await expire('i')
    expect(await endExpired(ground(), [owner({ holdMs: 60_000 })])).toBe(0)
    expect(await endExpired(ground(), [owner('release')])).toBe(0)
    await expire('i')
    expect(await endExpired(ground(), [owner('release')])).toBe(1)
    expect(await given.costs()).toMatchObject({ spentMicros: 4, heldMicros: 10 })
    // Nobody knows it any more, so nobody will ever end it.
    await expire('j')
    expect(await endExpired(ground(), [])).toBe(1)
    // Its holder was only slow: what it says now comes too late.
    expect(await given.settle('j', 9)).toBe(false)
    expect(await expectBalance(given.workspaceId)).toMatchObject({ linesHeld: 0, linesSpent: 4 })
  })

  test('keeps no other from its end when nobody can say what became of it', async () => {
    const given = await givenWorkspace()
    for (const source of ['l0', 'l1', 'l2']) {
      await given.reserve(10, source)
      await expire(source)
    }
    const outcomeOf = ({ source }: { readonly source: string }): Outcome => {
      if (source === 'l0') throw new Error('nobody knows')
      return source === 'l1' ? { settleMicros: -1 } : { settleMicros: 3 }
    }
    expect(await endExpired(ground(), [{ name: 'test', outcomeOf }])).toBe(1)
    expect(await given.costs()).toMatchObject({ spentMicros: 3, heldMicros: 20 })
    expect(await endExpired(ground(), [owner('release')])).toBe(2)
    expect(await expectBalance(given.workspaceId)).toMatchObject({ linesHeld: 0, linesSpent: 3 })
  })

  test('is ended once, by however many look for it', async () => {
    const given = await givenWorkspace()
    for (let at = 0; at < 5; at += 1) {
      await given.reserve(10, `k${at}`)
      await expire(`k${at}`)
    }
    const looks = Array.from({ length: 4 }, () => endExpired(ground(), [owner({ settleMicros: 1 })]))
    expect((await Promise.all(looks)).reduce((sum, count) => sum + count, 0)).toBe(5)
    expect(await expectBalance(given.workspaceId)).toMatchObject({ linesHeld: 0, linesSpent: 5 })
  })
})

test('lines of the ledger are never changed or removed, not even by who owns the table', async () => {
  const given = await givenWorkspace()
  await given.reserve(1, 'm')
  await expect(db.sql('update commons.spends set amount_micros = 0')).rejects.toThrow('never changed or removed')
  await expect(db.sql('delete from commons.spends')).rejects.toThrow('never changed or removed')
})
