import { etagOf } from '#platform/http/etag.ts'
import type { DelegationRow } from './queries.ts'
import type { Delegation } from './schema.ts'

const iso = (at: Date | null): string | null => at?.toISOString() ?? null

export function shown(row: DelegationRow): Delegation {
  const { id, taskId, mode, state, assignee, isQueued, instructions, progressPercent, result, note, returns } = row
  return {
    ...{ id, taskId, mode, state, assignee, isQueued, instructions, progressPercent, result, note, returns },
    ...{ skills: [...row.skills], acceptance: [...row.acceptance], validation: [...row.validation] },
    delegatedBy: row.delegatedBy,
    acceptedAt: iso(row.acceptedAt),
    submittedAt: iso(row.submittedAt),
    endedAt: iso(row.endedAt),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** A delegation with the tag of its state. */
export function tagged(row: DelegationRow): { delegation: Delegation; etag: string } {
  return { delegation: shown(row), etag: etagOf(row.id, row.version) }
}
