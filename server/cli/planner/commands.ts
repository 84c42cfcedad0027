import type { Flags } from '#platform/config/config.ts'
import { ExitCode } from '#platform/config/start-failure.ts'
import { systemClock } from '#kernel/clock.ts'
import { print, printJson, say } from '../output.ts'
import { withConfig } from '../settings.ts'
import { type Session, withSession } from './session.ts'
import { type SeenTask, type Style, dueOf, lineOf, painted, shownText } from './shown.ts'
import { wrapped } from './wrapped.ts'

interface Page {
  readonly items: readonly SeenTask[]
}

interface Asked extends Flags {
  readonly json?: boolean
}

/** Words that are looked for may mean so many tasks before one has to say more of them. */
const CHOICE = 5
const TODAY_MAX = 50

function styleOfTerminal(): Style {
  const { locale, timeZone } = new Intl.DateTimeFormat().resolvedOptions()
  const { isTTY, columns } = process.stdout
  const colour = isTTY && process.stdout.hasColors()
  return { colour, columns: isTTY ? columns : null, locale, timeZone, now: systemClock.now() }
}

/** A line in as many as the terminal needs; those that go on are pushed in by `indent`. */
const tell = (style: Style, indent: number, line: string): void => print(wrapped(line, style.columns, indent))

const asked = (flags: Asked, work: (session: Session, style: Style) => Promise<ExitCode>): Promise<ExitCode> =>
  withConfig(flags, (config) => withSession(config, (session) => work(session, styleOfTerminal())))

/** Writes down a task as it is said: `airdate add call the dentist tomorrow 9am p1`. */
export function add(flags: Asked & { readonly dialect?: string }, words: readonly string[]): Promise<ExitCode> {
  return asked(flags, async (session, style) => {
    const { locale, timeZone, now } = style
    const { dialect = 'todoist' } = flags
    const wish = { text: words.join(' '), dialect, locale, timeZone, now: now.toISOString() }
    const made = await session.call<{ task: SeenTask }>('POST', '/planner/quick-add', wish)
    if (flags.json === true) printJson(made)
    else tell(style, 2, `${painted(style, 'green', '+')} ${lineOf(made.task, style)}`)
    return ExitCode.done
  })
}

interface NextFlags extends Asked {
  readonly meeting?: boolean
  readonly restless?: boolean
  readonly energy?: string
  readonly minutes?: string
}

interface Next {
  readonly items: readonly {
    readonly task: SeenTask
    readonly parent: { readonly title: string; readonly progress: SeenTask['progress'] } | null
  }[]
}

/** Shows the one thing to do now. */
export function next(flags: NextFlags): Promise<ExitCode> {
  return asked(flags, async (session, style) => {
    const found = await nextOf(session, flags)
    if (flags.json === true) printJson(found)
    else tellNext(found, style)
    return ExitCode.done
  })
}

function nextOf(session: Session, { meeting, restless, energy, minutes }: NextFlags): Promise<Next> {
  const query = new URLSearchParams({ limit: '1' })
  if (meeting === true) query.set('inMeeting', 'true')
  if (restless === true) query.set('restless', 'true')
  if (energy !== undefined) query.set('energy', energy)
  if (minutes !== undefined) query.set('minutes', minutes)
  return session.call('GET', `/planner/steps?${query.toString()}`)
}

function tellNext({ items: [first] }: Next, style: Style): void {
  if (first === undefined) return print('Nothing waits for you that suits now. Add something, or rest.')
  const { task, parent } = first
  if (parent !== null) {
    const { done, total } = parent.progress
    tell(style, 2, painted(style, 'dim', `${shownText(parent.title)}  ${bar(done, total)} ${done} of ${total}`))
  }
  tell(style, 2, `${painted(style, 'bold', '→')} ${lineOf(task, style)}`)
  if (task.doneWhen !== null) tell(style, 4, painted(style, 'dim', `  done when ${shownText(task.doneWhen)}`))
  print(painted(style, 'dim', '  airdate done'))
}

const bar = (done: number, total: number): string =>
  '●'.repeat(Math.min(done, 10)) + '○'.repeat(Math.min(total - done, 10))

/** Completes what `next` shows, or the open task that these words mean. */
export function complete(flags: Asked, words: readonly string[]): Promise<ExitCode> {
  return asked(flags, async (session, style) => {
    const found = words.length === 0 ? await ofNext(session) : await open(session, words.join(' '))
    const [task] = found
    if (task === undefined) {
      say(words.length === 0 ? 'there is nothing to be done' : `no open task holds these words: ${words.join(' ')}`)
      return ExitCode.failed
    }
    if (found.length > 1) {
      say('these words could mean any of these; say more of them:')
      for (const each of found) tell(style, 4, `  ${lineOf(each, style)}`)
      return ExitCode.failed
    }
    const completed = await session.call<SeenTask>('PATCH', `/planner/tasks/${task.id}`, { status: 'done' })
    if (flags.json === true) printJson(completed)
    else {
      tell(style, 2, `${painted(style, 'green', '✓')} ${shownText(completed.title)}`)
      tellNext(await nextOf(session, {}), style)
    }
    return ExitCode.done
  })
}

async function ofNext(session: Session): Promise<readonly SeenTask[]> {
  return (await nextOf(session, {})).items.map(({ task }) => task)
}

/** Open tasks with these words; one alone where one is named exactly so. */
async function open(session: Session, words: string): Promise<readonly SeenTask[]> {
  const query = new URLSearchParams({ q: words, open: 'true', limit: String(CHOICE) })
  const { items } = await session.call<Page>('GET', `/planner/tasks?${query.toString()}`)
  const exact = items.filter(({ title }) => title.toLowerCase() === words.toLowerCase())
  return exact.length > 0 ? exact.slice(0, 1) : items
}

/** Shows what is being done, what is due until the end of the day, and what was done today. */
export function today(flags: Asked): Promise<ExitCode> {
  return asked(flags, async (session, style) => {
    const ends = new Date(style.now)
    ends.setHours(24, 0, 0, 1)
    const dueQuery = new URLSearchParams({ order: 'due', dueBefore: ends.toISOString(), limit: String(TODAY_MAX) })
    const [due, doing, counts] = await Promise.all([
      session.call<Page>('GET', `/planner/tasks?${dueQuery.toString()}`),
      session.call<Page>('GET', `/planner/tasks?status=doing&limit=${TODAY_MAX}`),
      session.call<{ completedToday: number }>(
        'GET',
        `/planner/statistics?timeZone=${encodeURIComponent(style.timeZone)}`,
      ),
    ])
    const begun = new Set(doing.items.map(({ id }) => id))
    const waiting = due.items.filter(({ id }) => !begun.has(id))
    if (flags.json === true) {
      printJson({ doing: doing.items, due: waiting, completedToday: counts.completedToday })
      return ExitCode.done
    }
    const late = waiting.filter((task) => (dueOf(task, style)?.inDays ?? 0) < 0)
    tellList('Doing', doing.items, style)
    tellList(
      'Today',
      waiting.filter((task) => !late.includes(task)),
      style,
    )
    // Said without a reproach: a day that has gone is no fault.
    tellList('From before', late, style)
    if (waiting.length + doing.items.length === 0) print('Nothing is due today.')
    if (counts.completedToday > 0) print(painted(style, 'green', `✓ ${counts.completedToday} done today`))
    return ExitCode.done
  })
}

function tellList(title: string, tasks: readonly SeenTask[], style: Style): void {
  if (tasks.length === 0) return
  print(painted(style, 'bold', title))
  for (const task of tasks) tell(style, 4, `  ${task.status === 'doing' ? '◐' : '○'} ${lineOf(task, style)}`)
}
