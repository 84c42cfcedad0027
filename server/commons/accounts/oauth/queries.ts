import type { Db, Tx } from '#platform/database/database.ts'
import type { CommonsTables } from '../../tables.ts'

/** The providers by which somebody comes in, the oldest first. */
export const waysOf = (db: Db<CommonsTables>, userId: string) =>
  db
    .selectFrom('commons.accounts')
    .select(['providerId', 'createdAt'])
    .where('userId', '=', userId)
    .where('providerId', '!=', 'credential')
    .orderBy('createdAt')
    .orderBy('id')

/** Removes a provider from the ways in, unless it is the only one. Returns what was found. */
export async function removeWay(
  tx: Tx<CommonsTables>,
  userId: string,
  provider: string,
): Promise<'none' | 'last' | 'removed'> {
  const ways = await tx
    .selectFrom('commons.accounts')
    .select('providerId')
    .where('userId', '=', userId)
    .forUpdate()
    .execute()
  if (!ways.some(({ providerId }) => providerId === provider)) return 'none'
  if (ways.every(({ providerId }) => providerId === provider)) {
    const [passkey] = await tx
      .selectFrom('commons.passkeys')
      .select('id')
      .where('userId', '=', userId)
      .limit(1)
      .execute()
    if (passkey === undefined) return 'last'
  }
  await tx.deleteFrom('commons.accounts').where('userId', '=', userId).where('providerId', '=', provider).execute()
  return 'removed'
}
