import type { ConstructorOptions } from 'pg-boss'

/** What every instance of the engine is made with; workers add `supervise`, the deploy step `migrate`. */
export const engineOptions = {
  schema: 'pgboss',
  migrate: false,
  schedule: false,
  // A worker's role owns no index. Bloat is an operator's matter: `airdate doctor`.
  reindex: false,
  // 10 s without a heartbeat, found within 3 s more: the bound for a dead worker's job is 30 s.
  superviseIntervalSeconds: 3,
  monitorIntervalSeconds: 3,
  maintenanceIntervalSeconds: 3600,
} satisfies ConstructorOptions
