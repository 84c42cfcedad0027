import { type Static, Type } from 'typebox'
import { dateTime, orNull, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { MOST_MICROS } from './money.ts'

const closed = { additionalProperties: false }
const Micros = (description: string) => Type.Integer({ description })
const Limit = Type.Integer({
  ...{ minimum: 0, maximum: MOST_MICROS },
  description: 'How much may be held and spent together, in millionths of the currency.',
})
// What providers ask is asked in dollars; a budget in another currency would never hold anything.
const Currency = Type.Literal('USD')
const Period = wordOf(['day', 'month', 'total'], 'A day or a month of UTC, or all time.')

export const BudgetParams = Type.Object({ id: pathId('budget') })

export const Budget = Type.Object(
  {
    id: uuid(),
    period: Period,
    limitMicros: Limit,
    currency: Type.String(),
    heldMicros: Micros('What is held in this period for what is under way.'),
    spentMicros: Micros('What was spent in this period.'),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'Budget' },
)
export type Budget = Static<typeof Budget>

export const BudgetList = Type.Object({
  items: Type.Array(Budget, { description: 'One for each period at most.' }),
})

export const NewBudget = Type.Object({ period: Period, limitMicros: Limit, currency: Currency }, closed)
export type NewBudget = Static<typeof NewBudget>

export const BudgetChange = Type.Object({ limitMicros: Limit }, closed)

const Prefix = Type.String({
  ...{ maxLength: 200, pattern: String.raw`^[\x20-\x7e]*$` },
  description: 'Only what was spent on sources that begin so: `production:<id>:`.',
})

export const SpendQuery = Type.Object({ ...PageQuery, prefix: Type.Optional(Prefix) }, closed)
export type SpendQuery = Static<typeof SpendQuery>

export const Line = Type.Object({
  id: uuid(),
  source: Type.String({ description: 'What it is about: `production:<id>:<stage>`.' }),
  kind: wordOf(
    ['spend', 'reserve', 'settle', 'release'],
    '`reserve` holds, `settle` pays what was held for, `release` gives it back, `spend` pays at once.',
  ),
  provider: Type.String({ description: 'Who was paid.' }),
  amountMicros: Micros('What was paid, in millionths of the currency.'),
  heldMicros: Micros('What is held more than before; below 0 where it is given back.'),
  currency: Type.String(),
  createdAt: dateTime(),
})
export type Line = Static<typeof Line>

const nextCursor = orNull(Type.String())
export const LinePage = Type.Object({ items: Type.Array(Line), nextCursor })

export const CostQuery = Type.Object({ prefix: Type.Optional(Prefix) }, closed)

export const Costs = Type.Object({
  items: Type.Array(
    Type.Object({
      currency: Type.String(),
      spentMicros: Micros('What was spent.'),
      heldMicros: Micros('What is held for what is under way.'),
    }),
    { description: 'One for each currency.' },
  ),
})

const Unit = wordOf(['input-token', 'output-token', 'audio-second'])
const Name = (description: string, maxLength: number) =>
  Type.String({ minLength: 1, maxLength, pattern: String.raw`^[\x21-\x7e]+$`, description })
const priced = {
  provider: Name('`openai`, `anthropic`, `local`, or the host name of another; `*` for all.', 100),
  model: Name('Its name, or the beginning of it with a `*` at the end.', 200),
  unit: Unit,
  microsPerMillion: Type.Integer({
    ...{ minimum: 0, maximum: MOST_MICROS },
    description: 'Millionths of a dollar for a million units.',
  }),
}

export const Price = Type.Object(
  {
    id: uuid(),
    isOwn: Type.Boolean({ description: 'The workspace’s own goes before those for everybody.' }),
    ...priced,
    currency: Type.String(),
    validFrom: dateTime(),
    validTo: orNull(dateTime()),
    createdAt: dateTime(),
  },
  { title: 'Price' },
)
export type Price = Static<typeof Price>

export const PricePage = Type.Object({ items: Type.Array(Price), nextCursor })
export const PriceParams = Type.Object({ id: pathId('price') })

export const PriceQuery = Type.Object(
  { ...PageQuery, provider: Type.Optional(Name('Only those of this provider.', 100)) },
  closed,
)
export type PriceQuery = Static<typeof PriceQuery>

export const NewPrice = Type.Object(
  {
    ...priced,
    validFrom: Type.Optional(dateTime('Default: now.')),
    validTo: Type.Optional(orNull(dateTime(), 'Default: for ever.')),
  },
  closed,
)
export type NewPrice = Static<typeof NewPrice>
