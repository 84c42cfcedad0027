const numbered = (words: readonly string[], first: number) =>
  words.flatMap((alike, index) => alike.split(' ').map((word) => [word, index + first] as const))

/** English names of the days of the week, whole and short; Monday is 1. */
export const weekdays: ReadonlyMap<string, number> = new Map(
  numbered(
    [
      'monday mon',
      'tuesday tue tues',
      'wednesday wed weds',
      'thursday thu thur thurs',
      'friday fri',
      'saturday sat',
      'sunday sun',
    ],
    1,
  ),
)

/** English names of the months, whole and short; January is 1. */
export const months: ReadonlyMap<string, number> = new Map(
  numbered(
    [
      'january jan',
      'february feb',
      'march mar',
      'april apr',
      'may',
      'june jun',
      'july jul',
      'august aug',
      'september sep sept',
      'october oct',
      'november nov',
      'december dec',
    ],
    1,
  ),
)

const counts: ReadonlyMap<string, number> = new Map([
  ...numbered(['one a an', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'], 1),
  ['eleven', 11],
  ['twelve', 12],
])

const places: ReadonlyMap<string, number> = new Map(
  numbered(['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'], 1),
)

/** A whole number in digits (at most 999) or as an English word up to twelve, `a` and `an` among them; else null. */
export function countOf(word: string): number | null {
  return /^\d{1,3}$/.test(word) ? Number(word) : (counts.get(word) ?? null)
}

/** What `3rd` or `third` counts, from 1; null for other words. The ending is looked at no closer than a hasty writer would. */
export function placeOf(word: string): number | null {
  const digits = /^(\d{1,3})(?:st|nd|rd|th)$/.exec(word)?.[1]
  return digits === undefined ? (places.get(word) ?? null) : Number(digits)
}

export const Unit = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const
export type Unit = (typeof Unit)[number]

const units: ReadonlyMap<string, Unit> = new Map([
  ...['m', 'min', 'mins', 'minute', 'minutes'].map((word) => [word, 'minute'] as const),
  ...['h', 'hr', 'hrs', 'hour', 'hours'].map((word) => [word, 'hour'] as const),
  ...['d', 'day', 'days'].map((word) => [word, 'day'] as const),
  ...['w', 'wk', 'wks', 'week', 'weeks'].map((word) => [word, 'week'] as const),
  ...['month', 'months'].map((word) => [word, 'month'] as const),
  ...['y', 'yr', 'yrs', 'year', 'years'].map((word) => [word, 'year'] as const),
])

/** The unit of time that a word names; null for other words. A single `m` is a minute, never a month. */
export const unitOf = (word: string): Unit | null => units.get(word) ?? null

/** Parts of the day and the hour that they stand for. */
export const partsOfDay: ReadonlyMap<string, number> = new Map([
  ['morning', 9],
  ['afternoon', 12],
  ['evening', 19],
  ['night', 22],
])

const listed = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** What stands before a day that is spoken of, not set: `since monday`, `the friday`. */
export const speaksOfDay = listed(
  'of since after from until till than last past to the a an every each vs versus his her my our',
)

/** What is counted after a number, so that `March 10 miles` is no day. */
export const measures = listed(
  'miles mile km kilometers kilometres meters metres feet yards steps laps times people persons percent pages items things dollars euros minutes mins hours days weeks months years',
)

/** What fractions are of: `1/2 cup`. */
export const portions = listed(
  'cup cups teaspoon teaspoons tablespoon tablespoons tsp tbsp of pound pounds inch inches mile miles litre liter price off',
)

/** What is numbered by parts: `chapter 2/3`. */
export const numberedThings = listed(
  'chapter part step page section level grade rated rating score scored season episode volume room flat apartment item ticket version act track question slide',
)

/** Words that go on after a time of day: `at 5 with Bob`. */
export const goesOn = listed('with for in on to about and by then from')

/** Words that go on after a day in the middle of a text: `friday the bill`, but not `Sunday school`. */
export const goesOnAfterDay = listed(
  'with for in on to about and by then from at @ or before after if as so but until because via the a an my our his her their',
)
