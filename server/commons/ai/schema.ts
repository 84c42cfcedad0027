import { type Static, Type } from 'typebox'
import { dateTime, orNull, uuid, wordOf } from '#platform/fields.ts'
import { pathId } from '#platform/http/parameters.ts'

const closed = { additionalProperties: false }
const Name = Type.String({ minLength: 1, maxLength: 100, pattern: '\\S' })
const Kind = wordOf(
  ['openai-compatible', 'anthropic'],
  'What the server speaks: OpenAI’s chat completions (Ollama and its like do too), or Anthropic’s messages.',
)
const BaseUrl = Type.String({
  ...{ minLength: 8, maxLength: 500, pattern: '^https?://' },
  description: 'Below which the protocol’s paths are: `https://api.openai.com/v1`, `https://api.anthropic.com`.',
})
const modelName = { minLength: 1, maxLength: 200, pattern: String.raw`^[\x21-\x7e]+$` }
const model = (description: string) => orNull(Type.String(modelName), `${description} null: it is not asked for that.`)
const models = {
  text: model('Writes.'),
  fast: model('Writes what is wanted quickly and cheaply; without it `text` does.'),
  transcription: model('Hears. Anthropic’s do not.'),
}
const Models = Type.Object(models, { ...closed, description: 'Which model is asked for what.' })
const Retirements = Type.Array(Type.Object({ model: Type.String(modelName), at: dateTime() }, closed), {
  maxItems: 20,
  description: 'When models are not asked any more; the next connection is asked from then on.',
})
const Place = Type.Integer({ minimum: 0, maximum: 1000, description: 'The lowest is asked first.' })
const Key = Type.String({
  ...{ minLength: 1, maxLength: 500, pattern: String.raw`^[\x21-\x7e]+$` },
  description: 'Kept sealed; it is never shown again.',
})

export const ConnectionParams = Type.Object({
  id: pathId('connection'),
})

export const Connection = Type.Object(
  {
    id: uuid(),
    name: Type.String(),
    kind: Kind,
    baseUrl: Type.String(),
    models: Models,
    retirements: Retirements,
    hasKey: Type.Boolean(),
    keyHint: orNull(Type.String(), 'The last four characters of a long key.'),
    place: Place,
    enabled: Type.Boolean(),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'AiConnection' },
)
export type Connection = Static<typeof Connection>

export const ConnectionList = Type.Object({
  items: Type.Array(Connection, { description: 'In the order in which they are asked.' }),
})

export const NewConnection = Type.Object(
  {
    name: Name,
    kind: Kind,
    baseUrl: BaseUrl,
    models: Type.Partial(Models, closed),
    key: Type.Optional(orNull(Key, 'Absent for servers that ask for none.')),
    retirements: Type.Optional(Retirements),
    place: Type.Optional(Place),
    enabled: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type NewConnection = Static<typeof NewConnection>

export const ConnectionChange = Type.Object(
  {
    name: Type.Optional(Name),
    baseUrl: Type.Optional(BaseUrl),
    models: Type.Optional(Type.Partial(Models, closed)),
    key: Type.Optional(
      orNull(Key, 'Another key, or null for none. It has to be given anew where the server becomes another.'),
    ),
    retirements: Type.Optional(Retirements),
    place: Type.Optional(Place),
    enabled: Type.Optional(Type.Boolean()),
  },
  closed,
)
export type ConnectionChange = Static<typeof ConnectionChange>

export const Trial = Type.Object({
  works: Type.Boolean(),
  detail: Type.String({ description: 'What is wrong, in our own words.' }),
  model: orNull(Type.String()),
  durationMs: Type.Integer(),
  costMicros: Type.Integer({ description: 'Millionths of a dollar.' }),
})
export type Trial = Static<typeof Trial>
