import { type Static, Type } from 'typebox'
import { Task, TaskParams } from '../tasks/schema.ts'

const { id } = TaskParams.properties

export const DependencyParams = Type.Object({
  id,
  onId: Type.String({ format: 'uuid', description: 'For which it waits.' }),
})

export const Dependencies = Type.Object({
  dependsOn: Type.Array(Task, { description: 'What has to be done before it.' }),
  blocks: Type.Array(Task, { description: 'What waits for it.' }),
})
export type Dependencies = Static<typeof Dependencies>
