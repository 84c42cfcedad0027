import { assertNever } from '#kernel/assert.ts'
import type { Mark, Reminder } from './marks.ts'
import type { Stretch } from './line.ts'
import type { Recurrence } from './rules.ts'

/** What was taken out of the text, with what it says; `quote` is a sign that only kept other words from being read. */
export type QuickAddSpan = { readonly confidence: number } & (
  | Mark
  | (Stretch &
      (
        | { readonly field: 'dueDate'; readonly value: string | null }
        | { readonly field: 'dueAt'; readonly value: string }
        | { readonly field: 'recurrence'; readonly value: Recurrence }
        | { readonly field: 'quote'; readonly value: null }
      ))
)

/** When it is due. */
export interface DueFields {
  /** A day, `2026-11-22`, or else `dueAt`, an instant. Both null: nothing was said, or no date is wanted (`noDate`). */
  readonly dueDate: string | null
  readonly dueAt: string | null
  readonly noDate: boolean
}

export interface QuickAddFields extends DueFields {
  readonly project: string | null
  readonly section: string | null
  readonly labels: readonly string[]
  /** 0 (none) to 4 (most urgent); null when nothing was said. */
  readonly priority: number | null
  readonly assignee: string | null
  readonly zone: string | null
  readonly estimateMinutes: number | null
  /** 1 to 3. */
  readonly energy: number | null
  readonly reminders: readonly Reminder[]
  /** A day, `2026-11-22`. */
  readonly deadline: string | null
  readonly uncompletable: boolean
  readonly recurrence: Recurrence | null
}

/** What the spans say as one thing, but for when it is due: a repeat says that without a span. */
export function fieldsOf(spans: readonly QuickAddSpan[]): Omit<QuickAddFields, keyof DueFields> {
  const labels = new Set<string>()
  const reminders: Reminder[] = []
  const found = { ...NOTHING }
  for (const span of spans) {
    switch (span.field) {
      case 'label':
        labels.add(span.value)
        break
      case 'reminder':
        reminders.push(span.value)
        break
      case 'uncompletable':
        found.uncompletable = true
        break
      case 'priority':
      case 'estimateMinutes':
      case 'energy':
        found[span.field] = span.value
        break
      case 'project':
      case 'section':
      case 'assignee':
      case 'zone':
      case 'deadline':
        found[span.field] = span.value
        break
      case 'recurrence':
        found.recurrence = span.value
        break
      case 'dueDate':
      case 'dueAt':
      case 'quote':
        break
      default:
        assertNever(span)
    }
  }
  return { ...found, labels: [...labels], reminders }
}

type Single = {
  -readonly [Name in Exclude<keyof QuickAddFields, keyof DueFields | 'labels' | 'reminders'>]: QuickAddFields[Name]
}

const NOTHING: Readonly<Single> = {
  project: null,
  section: null,
  priority: null,
  assignee: null,
  zone: null,
  estimateMinutes: null,
  energy: null,
  deadline: null,
  uncompletable: false,
  recurrence: null,
}
