const MINUTES_MAX = 10_000
const UNIT = String.raw`(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?)\b\.?`
const AMOUNT = String.raw`(\d{1,4}(?:[.,]\d{1,2})?|half an?|an?|one|two|three|four|five|ten|fifteen|twenty|thirty)`
const LENGTH = new RegExp(
  String.raw`(?<![\p{L}\d.,])(?:${AMOUNT}\s*(?:-|–|—|to|or)\s*)?${AMOUNT}\s*[- ]?${UNIT}`,
  'giu',
)
const NUMBERS: Readonly<Record<string, number>> = {
  ...{ a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, ten: 10, fifteen: 15, twenty: 20, thirty: 30 },
  ...{ 'half a': 0.5, 'half an': 0.5 },
}

/**
 * How long something takes, in whole minutes, 1 to 10,000: "5 min", "1 h 30", "10–15 minutes" (the longer), "half an hour".
 * A bare number counts where `bare` says that minutes were asked for. A day is 8 hours. Null where nothing is said.
 */
export function minutesSaid(text: string, bare = false): number | null {
  let [minutes, last] = [0, -1]
  for (const found of text.matchAll(LENGTH)) {
    const [all, , amount = '', unit = ''] = found
    // "1 hour 30 minutes" is one length; a second one elsewhere is another.
    if (last >= 0 && !/^[\s,]*(?:and)?\s*$/.test(text.slice(last, found.index))) break
    minutes += numberOf(amount) * minutesOf(unit)
    last = found.index + all.length
  }
  if (last < 0) {
    const number = bare ? /^\D{0,3}(\d{1,4})(?:\s*(?:-|–|to)\s*(\d{1,4}))?\D{0,3}$/.exec(text.trim()) : null
    return number === null ? null : bounded(Number(number[2] ?? number[1]))
  }
  const rest = /^\s*(\d{1,2})(?![\p{L}\d])/u.exec(text.slice(last))?.[1]
  // "1 h 30"
  if (rest !== undefined && /h\w*\s*$/i.test(text.slice(0, last))) minutes += Number(rest)
  return bounded(minutes)
}

const numberOf = (amount: string): number => NUMBERS[amount.toLowerCase()] ?? Number(amount.replace(',', '.'))

function minutesOf(unit: string): number {
  const first = unit.toLowerCase().slice(0, 1)
  return first === 's' ? 1 / 60 : first === 'h' ? 60 : first === 'd' ? 480 : 1
}

function bounded(minutes: number): number | null {
  const whole = Math.ceil(minutes)
  return Number.isFinite(whole) && whole >= 1 && whole <= MINUTES_MAX ? whole : null
}

const PRIORITIES: readonly (readonly [says: RegExp, priority: number])[] = [
  [/\b(?:not|no) (?:urgent|important|rush)\b/i, 1],
  [/\b(?:urgent|critical|highest|top|asap|must|immediate(?:ly)?|emergency|p1)\b/i, 4],
  [/\b(?:high|important|p2)\b|🔴|🟥|❗/iu, 3],
  [/\b(?:medium|mid|moderate|normal|p3)\b|🟠|🟡|🟨|🟧/iu, 2],
  [/\b(?:low|lowest|optional|nice to have|some ?day|p4|p5)\b|🟢|🟩/iu, 1],
]

/**
 * The urgency that a text speaks of, 1 low to 4 urgent; null where nothing is said. A bare number is a rank: 1 is the most
 * urgent, 4 and more the least.
 */
export function prioritySaid(text: string): number | null {
  const rank = /^\W*#?(\d)(?:\s*(?:\/|of|out of)\s*\d+)?\W*$/.exec(text)?.[1]
  if (rank !== undefined) return Number(rank) === 0 ? null : Math.max(1, 5 - Number(rank))
  return PRIORITIES.find(([says]) => says.test(text))?.[1] ?? null
}
