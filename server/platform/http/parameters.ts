import { Type } from 'typebox'

/** The id of a thing in a path, under one name wherever it stands: `pathId('task')` is described once, as `TaskId`. */
export function pathId(thing: string) {
  const title = `${thing.replaceAll(/(?:^|[ -])([a-z])/g, (_match, first: string) => first.toUpperCase())}Id`
  return Type.String({ format: 'uuid', title, description: `Id of the ${thing}.` })
}

/** What routes say that guard a change by the tag that was read. */
export const ifMatch = { 'If-Match': 'An `ETag`: the change is made only to that state (412 otherwise).' }
/** What routes say that answer 304 to who has read what still holds. */
export const ifNoneMatch = { 'If-None-Match': 'An `ETag`: answered by 304 while it holds.' }
