import { expect, test } from 'vitest'
import { systemScope } from '#platform/database/scope.ts'
import { createLogger } from '#platform/observability/log.ts'
import { reseal } from '#platform/secrets/resealing.ts'
import { rotate } from '#platform/secrets/rotate.ts'
import { givenStranger } from '#tests/support/attacks.ts'
import { testDatabase } from '#tests/support/database.ts'
import { givenRoot, newKey, vaultOf } from '../../platform/secrets/fixtures/installation.ts'
import { connectAi } from './fixtures/connections.ts'
import { placeOfKey, sealedConnectionKeys } from './sealed.ts'

test('the key of a connection is sealed anew after a rotation, and opens in its place alone', async () => {
  await using db = await testDatabase()
  const [before, next] = [newKey(), newKey()]
  await givenRoot(db, before)
  const vault = vaultOf(db, [before, next])
  const { workspaceId } = await givenStranger({ db })
  const url = 'https://models.example.org'
  const id = await connectAi({ db, vault }, { workspaceId, url, key: 'hush' })
  const other = await connectAi({ db, vault }, { workspaceId, url })
  const sealed = async (): Promise<string> => {
    const [row] = await db.sql<{ sealed: string }>(
      'select sealed_key as sealed from commons.ai_connections where id = $1',
      [id],
    )
    return row?.sealed ?? ''
  }
  const first = await sealed()
  const ground = { database: db.database, scope: systemScope }
  await rotate(ground, { from: [before], to: next, within: async () => undefined })
  const columns = [sealedConnectionKeys]
  expect(await reseal(ground, { vault, columns, settledMs: 0, log: createLogger('silent') })).toBe(1)
  expect(await sealed()).not.toBe(first)
  expect(await vaultOf(db, [next]).open(placeOfKey({ id, workspaceId }), await sealed())).toBe('hush')
  await expect(vault.open(placeOfKey({ id: other, workspaceId }), await sealed())).rejects.toThrow('cannot be opened')
})
