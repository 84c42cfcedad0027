import { Type } from 'typebox'
import { expect, test } from 'vitest'
import { Components } from './components.ts'
import { pathId } from './parameters.ts'

const Wheel = Type.Object({ title: Type.String(), spokes: Type.Integer({ default: 36 }) }, { title: 'Wheel' })

test('what has a title is written once and referred to wherever else it stands', () => {
  const components = new Components()
  const reference = { $ref: '#/components/schemas/Wheel' }
  expect(components.schema(Wheel)).toEqual(reference)
  const bicycle = Type.Object({ front: Wheel, spare: Type.Union([Wheel, Type.Null()]) })
  expect(components.schema(bicycle)).toMatchObject({
    properties: { front: reference, spare: { anyOf: [reference, { type: 'null' }] } },
  })
  expect(components.written().schemas).toEqual({ Wheel: JSON.parse(JSON.stringify(Wheel)) })
})

test('what has none stays where it is, fields that are called title and values that look like schemas too', () => {
  const components = new Components()
  const schema = { type: 'object', properties: { title: { type: 'string' } }, default: { title: 'Wheel' } }
  expect(components.schema(schema)).toEqual(schema)
  expect(components.written().schemas).toEqual({})
})

test('two things of one name are refused, and so is a name that is none', () => {
  const components = new Components()
  components.schema(Wheel)
  expect(() => components.schema(Type.Object({}, { title: 'Wheel' }))).toThrow(/one thing is called Wheel/)
  expect(components.schema(structuredClone({ ...Wheel }))).toEqual({ $ref: '#/components/schemas/Wheel' })
  expect(() => components.schema(Type.String({ title: 'a wheel' }))).toThrow(/a name/)
})

test('components stand in the order of their names', () => {
  const components = new Components()
  for (const name of ['Zone', 'Area', 'Map']) components.refer('parameters', name, { name })
  expect(Object.keys(components.written().parameters)).toEqual(['Area', 'Map', 'Zone'])
})

test('the id of a thing in a path is called after the thing', () => {
  expect(pathId('service account')).toMatchObject({
    title: 'ServiceAccountId',
    description: 'Id of the service account.',
  })
})
