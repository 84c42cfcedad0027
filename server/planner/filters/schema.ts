import { type Static, Type } from 'typebox'
import { dateTime, page, uuid } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { TaskQuery } from '../tasks/schema.ts'

export const FilterParams = Type.Object({ id: pathId('filter') })

const { limit: _limit, cursor: _cursor, assignee: _assignee, ...asked } = TaskQuery.properties
const said = {
  name: Type.String({ minLength: 1, maxLength: 100 }),
  query: Type.Object(asked, {
    title: 'TaskFilter',
    additionalProperties: false,
    description: 'As the list of tasks takes it.',
  }),
}

export const NewFilter = Type.Object(said, { additionalProperties: false })
export type NewFilter = Static<typeof NewFilter>

export const FilterChange = Type.Object(Type.Partial(Type.Object(said)).properties, {
  additionalProperties: false,
  minProperties: 1,
})
export type FilterChange = Static<typeof FilterChange>

export const Filter = Type.Object(
  {
    id: uuid(),
    ...said,
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'SavedFilter' },
)
export type Filter = Static<typeof Filter>

export const FilterQuery = Type.Object(PageQuery, { additionalProperties: false })
export type FilterQuery = Static<typeof FilterQuery>

export const FilterPage = page(Filter)
