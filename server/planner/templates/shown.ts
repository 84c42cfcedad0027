import type { Actor } from '#platform/context.ts'
import { canChange } from './policy.ts'
import type { TemplateRow } from './queries.ts'
import type { Share, Step, Template } from './schema.ts'
import { SEEDED_AT, type Seed } from './seeds.ts'

export const minutesOf = (steps: readonly Step[]): number => steps.reduce((sum, { minutes }) => sum + minutes, 0)

/** A template as this one sees it: the code is for who may share it. */
export function shownRow(actor: Actor, row: TemplateRow): Template {
  const { id, name, description, category, visibility, icon, dueOffsetDays, steps, createdBy } = row
  return {
    ...{ id, name, description, category, visibility, icon, dueOffsetDays, steps, createdBy },
    ...{ minutes: minutesOf(steps), isBuiltIn: false, share: canChange(actor, row) ? shareOf(row) : null },
    ...{ createdAt: row.createdAt.toISOString(), updatedAt: row.updatedAt.toISOString() },
  }
}

function shareOf({ code, uses, sharedAt }: TemplateRow): Share | null {
  return code === null || uses === null || sharedAt === null ? null : { code, uses, createdAt: sharedAt.toISOString() }
}

export function shownSeed(seed: Seed): Template {
  return {
    ...seed,
    ...{ visibility: 'public', minutes: minutesOf(seed.steps), isBuiltIn: true, createdBy: null, share: null },
    ...{ createdAt: SEEDED_AT, updatedAt: SEEDED_AT },
  }
}
