/** Two ways to write the same things. */
export const DialectName = ['todoist', 'vikunja'] as const
export type DialectName = (typeof DialectName)[number]

/** Fields that are a name behind a sign. */
export type Named = 'project' | 'section' | 'label' | 'assignee' | 'zone'

/** The prefixes of a dialect and the few words that it reads in its own way. */
export interface Dialect {
  readonly name: DialectName
  readonly signs: Readonly<Record<string, Named>>
  /** A word that is a priority by itself: `p1`, `!5`. From 0 (none) to 4 (most urgent). */
  readonly priorities: ReadonlyMap<string, number>
  /** `!` begins a reminder, `{…}` holds a deadline, `* ` in front makes a heading that cannot be done. */
  readonly hasReminders: boolean
  /** `next friday` is the second friday to come; otherwise `next` adds nothing. */
  readonly nextIsSecond: boolean
  /** `next week` is its Monday; otherwise it is in seven days. */
  readonly nextWeekIsMonday: boolean
  /** `each` means `every`. */
  readonly each: boolean
  readonly tonightHour: number
}

/**
 * - todoist: `#project` `/section` `@label` `p1`…`p4` `+person` `!reminder` `{deadline}` `*zone`
 * - vikunja: `+project` `*label` `!1`…`!5` `@person` `%zone` (its `*` is taken, and `%` stands in no other use there)
 */
export const dialects: Readonly<Record<DialectName, Dialect>> = {
  todoist: {
    name: 'todoist',
    signs: { '#': 'project', '/': 'section', '@': 'label', '+': 'assignee', '*': 'zone' },
    priorities: new Map([
      ['p1', 4],
      ['p2', 3],
      ['p3', 2],
      ['p4', 0],
    ]),
    hasReminders: true,
    nextIsSecond: true,
    nextWeekIsMonday: true,
    each: false,
    tonightHour: 22,
  },
  vikunja: {
    name: 'vikunja',
    signs: { '+': 'project', '*': 'label', '@': 'assignee', '%': 'zone' },
    priorities: new Map([
      ['!0', 0],
      ['!1', 1],
      ['!2', 2],
      ['!3', 3],
      ['!4', 4],
      ['!5', 4],
    ]),
    hasReminders: false,
    nextIsSecond: false,
    nextWeekIsMonday: false,
    each: true,
    tonightHour: 21,
  },
}
