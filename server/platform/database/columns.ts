import type { Generated } from 'kysely'

/** A column that the database fills in when an insert leaves it out. */
export type ColumnDefault<T> = Generated<T>
