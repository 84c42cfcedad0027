import { Type } from 'typebox'
import { defineAudited } from '../audit/action.ts'

const limit = { limitMicros: Type.Integer() }
const budget = { ...limit, period: Type.String(), currency: Type.String() }
const price = {
  ...{ provider: Type.String(), model: Type.String(), unit: Type.String() },
  microsPerMillion: Type.Integer(),
}
const ofBudget = { owner: 'workspace', target: 'budget' } as const
const ofPrice = { owner: 'workspace', target: 'price' } as const

export const budgetAdded = defineAudited({ name: 'budget.added', ...ofBudget, fields: budget })
export const budgetChanged = defineAudited({ name: 'budget.changed', ...ofBudget, fields: limit })
export const budgetRemoved = defineAudited({ name: 'budget.removed', ...ofBudget, fields: budget })
export const priceAdded = defineAudited({ name: 'price.added', ...ofPrice, fields: price })
export const priceRemoved = defineAudited({ name: 'price.removed', ...ofPrice, fields: price })
