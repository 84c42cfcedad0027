/** What the commands see of a task over the public API. */
export interface SeenTask {
  readonly id: string | null
  readonly title: string
  readonly status: string
  readonly priority: number
  readonly labels: readonly string[]
  readonly dueAt: string | null
  readonly dueDate: string | null
  readonly timeZone: string | null
  readonly estimateMinutes: number | null
  readonly icon: string | null
  readonly doneWhen: string | null
  readonly recurrence: object | null
  readonly progress: { readonly done: number; readonly total: number }
}

/** How a terminal is written to. */
export interface Style {
  readonly colour: boolean
  /** Cells of a line; null where no terminal shows it. */
  readonly columns: number | null
  /** Of the person at the terminal. */
  readonly locale: string
  readonly timeZone: string
  readonly now: Date
}

type Paint = 'bold' | 'dim' | 'red' | 'yellow' | 'green' | 'cyan'
const CODES: Readonly<Record<Paint, number>> = { bold: 1, dim: 2, red: 31, yellow: 33, green: 32, cyan: 36 }

/** Text that a terminal shows so; as it is where there are no colours. */
export function painted(style: Style, paint: Paint, text: string): string {
  return style.colour && text !== '' ? `\u001b[${CODES[paint]}m${text}\u001b[0m` : text
}

const DAY_MS = 86_400_000

/** The day on which an instant falls where the person is, as a number of days. */
function dayOf(at: Date, timeZone: string): number {
  // The Swedish form of a date is that of ISO 8601.
  return Date.parse(new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at)) / DAY_MS
}

/** When a task is due, in a word or two; with how many days are left. Null when it is not due. */
export function dueOf(task: SeenTask, style: Style): { readonly words: string; readonly inDays: number } | null {
  const { locale, timeZone, now } = style
  const at = task.dueAt === null ? null : new Date(task.dueAt)
  if (at === null && task.dueDate === null) return null
  const day = at === null ? Date.parse(task.dueDate ?? '') / DAY_MS : dayOf(at, timeZone)
  const inDays = day - dayOf(now, timeZone)
  const near = Math.abs(inDays) <= 1
  const words = near
    ? new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(inDays, 'day')
    : new Intl.DateTimeFormat(locale, {
        timeZone: 'UTC',
        ...(inDays > 1 && inDays < 7 ? { weekday: 'long' } : { day: 'numeric', month: 'short' }),
        ...(Math.abs(inDays) > 300 ? { year: 'numeric' } : {}),
      }).format(new Date(day * DAY_MS))
  const time = at === null ? '' : ` ${new Intl.DateTimeFormat(locale, { timeZone, timeStyle: 'short' }).format(at)}`
  return { words: words + time, inDays }
}

const PRIORITIES = ['', 'low', 'medium', 'high', 'urgent']

/** Whatever is said of a task beside its title, in one line; empty when nothing is. */
export function detailsOf(task: SeenTask, style: Style): string {
  const due = dueOf(task, style)
  const parts = [
    due === null ? '' : painted(style, due.inDays < 0 ? 'yellow' : 'cyan', due.words),
    task.recurrence === null ? '' : painted(style, 'dim', 'repeats'),
    painted(style, task.priority >= 3 ? 'red' : 'dim', PRIORITIES[task.priority] ?? ''),
    task.estimateMinutes === null ? '' : painted(style, 'dim', `${task.estimateMinutes} min`),
    ...task.labels.map((label) => painted(style, 'dim', `#${shownText(label)}`)),
    task.progress.total === 0 ? '' : painted(style, 'dim', `${task.progress.done}/${task.progress.total}`),
  ]
  return parts.filter((part) => part !== '').join(painted(style, 'dim', ' · '))
}

/** Text of people and programs without what would command the terminal, on one line. */
export function shownText(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, (found) => (found === '\u200d' ? found : ' ')).trim()
}

/** A task in one line: its sign, its title, and what else is said of it. */
export function lineOf(task: SeenTask, style: Style): string {
  const details = detailsOf(task, style)
  const sign = task.icon === null ? '' : `${shownText(task.icon)} `
  return `${sign}${shownText(task.title)}${details === '' ? '' : `  ${details}`}`
}
