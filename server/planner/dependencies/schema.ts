import { type Static, Type } from 'typebox'
import { uuid } from '#platform/fields.ts'
import { Task, TaskParams } from '../tasks/schema.ts'

export const DependencyParams = Type.Object({
  ...TaskParams.properties,
  onId: uuid('For which it waits.'),
})

export const Dependencies = Type.Object({
  dependsOn: Type.Array(Task, { description: 'What has to be done before it.' }),
  blocks: Type.Array(Task, { description: 'What waits for it.' }),
})
export type Dependencies = Static<typeof Dependencies>
