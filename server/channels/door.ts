import type { Db, Tx } from '#platform/database/database.ts'
import { handle } from '#platform/database/handle.ts'
import type { Tables } from './tables.ts'

/** The channels' door to the database. */
export const channels = handle<Tables>()

export type ChannelsDb = Db<Tables>
export type ChannelsTx = Tx<Tables>
