/** An open task that is to be put in order. */
export interface Rankable {
  readonly id: string
  /** 0 (none) to 4 (most urgent). */
  readonly priority: number
  /** Days from today until it is due in the person's zone: 0 today, negative when it is past, null without a date. */
  readonly dueInDays: number | null
  readonly estimateMinutes: number | null
  /** What it takes, 1 to 3; null when nobody said. */
  readonly energy: number | null
  /** Days since it was written down. */
  readonly ageDays: number
  /** Those among the open tasks that must be done before. */
  readonly waitsFor: readonly string[]
}

/** What the person has right now; null where nobody said. */
export interface Situation {
  /** 1 (low) to 3 (high). */
  readonly energy: number | null
  readonly minutes: number | null
}

/** Why a task stands where it stands. */
export type Reason =
  | { readonly code: 'overdue' | 'due-in' | 'old'; readonly days: number }
  | { readonly code: 'due-today' | 'fits-energy' | 'too-much-energy' | 'fits-time' | 'too-long' | 'quick' }
  | { readonly code: 'priority'; readonly priority: number }
  | { readonly code: 'unblocks'; readonly tasks: number }
  | { readonly code: 'waits-for'; readonly taskIds: readonly string[] }

/** A reason as answers give it, with a list of its own. */
export const toldReason = (reason: Reason) =>
  'taskIds' in reason ? { ...reason, taskIds: [...reason.taskIds] } : reason

/** A task in its place. */
export interface Ranked {
  readonly id: string
  /** Higher is earlier; it means nothing beside other lists. */
  readonly score: number
  readonly reasons: readonly Reason[]
}

/** The order, with how it was found. */
export interface Priorities {
  readonly path: 'rules' | 'model'
  readonly confidence: number
  readonly order: readonly Ranked[]
}

// Points. A date counts most, then what the person said of it; energy, time and age decide between equals.
const OVERDUE = 50
const TODAY = 42
const DUE_SOON = 36
const PER_PRIORITY = 9
const ENERGY = 6
const TIME = 5
const QUICK = 2
const QUICK_MINUTES = 15
const PER_AGE_DOUBLING = 1
const AGE_SAID_DAYS = 14
const DUE_SAID_DAYS = 14
// What waits for a task lends it this share of its own points.
const LENT = 0.9

function pointsOfDue(days: number | null): number {
  if (days === null) return 0
  if (days < 0) return OVERDUE + Math.min(10, -days)
  return days === 0 ? TODAY : DUE_SOON / (1 + days / 2)
}

function reasonOfDue(days: number | null): Reason[] {
  if (days === null || days > DUE_SAID_DAYS) return []
  if (days < 0) return [{ code: 'overdue', days: -days }]
  return [days === 0 ? { code: 'due-today' } : { code: 'due-in', days }]
}

/** What a task is worth by itself, and why. */
function judged(task: Rankable, now: Situation): { points: number; reasons: Reason[] } {
  const reasons = reasonOfDue(task.dueInDays)
  let points = pointsOfDue(task.dueInDays) + task.priority * PER_PRIORITY
  if (task.priority > 0) reasons.push({ code: 'priority', priority: task.priority })
  if (now.energy !== null && task.energy !== null) {
    const fits = task.energy <= now.energy
    points += fits ? ENERGY - 2 * (now.energy - task.energy) : -ENERGY
    reasons.push({ code: fits ? 'fits-energy' : 'too-much-energy' })
  }
  if (now.minutes !== null && task.estimateMinutes !== null) {
    const fits = task.estimateMinutes <= now.minutes
    points += fits ? TIME : -TIME
    reasons.push({ code: fits ? 'fits-time' : 'too-long' })
  }
  if (task.estimateMinutes !== null && task.estimateMinutes <= QUICK_MINUTES) {
    points += QUICK
    reasons.push({ code: 'quick' })
  }
  points += PER_AGE_DOUBLING * Math.log2(1 + Math.max(0, task.ageDays))
  if (task.ageDays >= AGE_SAID_DAYS) reasons.push({ code: 'old', days: Math.floor(task.ageDays) })
  return { points, reasons }
}

/**
 * Puts open tasks in order by rules: due date, priority, energy, time, age; what others wait for inherits their urgency,
 * and nothing stands before what it waits for. Circles of dependencies change no order. The same input gives the same
 * order; equals stand by id.
 */
export function prioritise(tasks: readonly Rankable[], now: Situation): Priorities {
  const own = new Map(tasks.map((task) => [task.id, judged(task, now)]))
  const open = (ids: readonly string[]) => ids.filter((id) => own.has(id))
  const followers = new Map<string, string[]>()
  for (const task of tasks)
    for (const id of open(task.waitsFor)) followers.set(id, [...(followers.get(id) ?? []), task.id])
  const scores = inherited(tasks, own, followers)
  const ranked = tasks.map((task): Ranked => {
    const unblocks = followers.get(task.id)?.length ?? 0
    const waitsFor = open(task.waitsFor)
    const reasons: Reason[] = [...(own.get(task.id)?.reasons ?? [])]
    if (unblocks > 0) reasons.push({ code: 'unblocks', tasks: unblocks })
    if (waitsFor.length > 0) reasons.push({ code: 'waits-for', taskIds: waitsFor })
    return { id: task.id, score: Math.round((scores.get(task.id) ?? 0) * 100) / 100, reasons }
  })
  const said = tasks.filter((task) => task.dueInDays !== null || task.priority > 0).length
  const confidence = tasks.length === 0 ? 0 : Math.round((0.3 + (0.6 * said) / tasks.length) * 100) / 100
  return { path: 'rules', confidence, order: afterWhatTheyWaitFor(ranked, tasks) }
}

/**
 * The same tasks in another order, which names each of them once: scores say no more than the place, and nothing stands
 * before what it waits for.
 */
export function reordered(
  ranked: readonly Ranked[],
  ids: readonly string[],
  tasks: readonly Rankable[],
): readonly Ranked[] {
  const places = new Map(ids.map((id, at) => [id, ids.length - at]))
  const wished = ranked.map((each) => ({ ...each, score: places.get(each.id) ?? 0 }))
  const order = afterWhatTheyWaitFor(wished, tasks)
  return order.map((each, at) => ({ ...each, score: order.length - at }))
}

/** Points with what those who wait for a task lend it, along chains of any length. */
function inherited(
  tasks: readonly Rankable[],
  own: ReadonlyMap<string, { points: number }>,
  followers: ReadonlyMap<string, readonly string[]>,
): Map<string, number> {
  const scores = new Map(tasks.map(({ id }) => [id, own.get(id)?.points ?? 0]))
  const waitsFor = new Map(tasks.map((task) => [task.id, task.waitsFor]))
  // The greatest first: a score only grows by what is greater, so each task is settled once.
  const queue = [...scores.keys()].filter((id) => waitsFor.get(id)!.length > 0 || followers.has(id))
  queue.sort((one, other) => scores.get(other)! - scores.get(one)!)
  while (queue.length > 0) {
    const id = queue.shift()!
    const lent = scores.get(id)! * LENT
    for (const before of waitsFor.get(id)!) {
      const score = scores.get(before)
      if (score === undefined || score >= lent) continue
      scores.set(before, lent)
      queue.push(before)
    }
  }
  return scores
}

/** The highest score first, but nothing before what it waits for; what is caught in a circle keeps its score's place. */
function afterWhatTheyWaitFor(ranked: readonly Ranked[], tasks: readonly Rankable[]): Ranked[] {
  const byScore = ranked.toSorted((one, other) => other.score - one.score || (one.id < other.id ? -1 : 1))
  const ranks = new Map(byScore.map((each) => [each.id, each]))
  const waitsFor = new Map(tasks.map((task) => [task.id, task.waitsFor.filter((id) => ranks.has(id))]))
  const order: Ranked[] = []
  const placed = new Set<string>()
  for (const start of byScore) {
    // Depth first without recursion: chains may be long.
    const stack = [start.id]
    const opened = new Set<string>()
    while (stack.length > 0) {
      const id = stack.at(-1)!
      const next = placed.has(id) ? undefined : waitsFor.get(id)!.find((each) => !placed.has(each) && !opened.has(each))
      opened.add(id)
      if (next !== undefined) {
        stack.push(next)
        continue
      }
      stack.pop()
      if (!placed.has(id)) order.push(ranks.get(id)!)
      placed.add(id)
    }
  }
  return order
}
