import { type Static, Type } from 'typebox'
import { dateTime, page, uuid } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'

export const ProjectParams = Type.Object({ id: pathId('project') })

const said = {
  name: Type.String({ minLength: 1, maxLength: 200 }),
  description: Type.String({ maxLength: 20_000 }),
  isActive: Type.Boolean({ description: 'Whether it is worked on at the moment.' }),
  ownerId: uuid('Who answers for it: somebody of the workspace.'),
}

export const Project = Type.Object(
  {
    id: uuid(),
    ...said,
    progress: Type.Object(
      { done: Type.Integer(), total: Type.Integer() },
      { description: 'Of its tasks; those that were dropped are not counted.' },
    ),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'PlannerProject' },
)
export type Project = Static<typeof Project>

const { name, ...others } = Type.Partial(Type.Object(said)).properties

export const NewProject = Type.Object({ name: said.name, ...others }, { additionalProperties: false })
export type NewProject = Static<typeof NewProject>

export const ProjectChange = Type.Object({ name, ...others }, { additionalProperties: false, minProperties: 1 })
export type ProjectChange = Static<typeof ProjectChange>

export const ProjectQuery = Type.Object(
  { ...PageQuery, isActive: Type.Optional(Type.Boolean({ description: 'Only those that are, or are not.' })) },
  { additionalProperties: false },
)
export type ProjectQuery = Static<typeof ProjectQuery>

export const ProjectPage = page(Project)
