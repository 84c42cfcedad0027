import { type Static, type TSchema, Type } from 'typebox'
import { dateTime, orNull, page, uuid, wordOf } from '#platform/fields.ts'
import { PageQuery } from '#platform/http/pagination.ts'
import { pathId } from '#platform/http/parameters.ts'
import { Task, TaskKind } from '../tasks/schema.ts'

export const Category = ['academic', 'work', 'personal', 'health', 'creative'] as const
export type Category = (typeof Category)[number]

export const Visibility = ['private', 'public'] as const
export type Visibility = (typeof Visibility)[number]

const OFFSET_DAYS_MAX = 365

const icon = orNull(Type.String({ minLength: 1, maxLength: 32 }))
const offsetDays = (description: string) =>
  orNull(Type.Integer({ minimum: 0, maximum: OFFSET_DAYS_MAX, description: `${description}; null: due on no day.` }))

const Step = Type.Object(
  {
    label: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' }),
    minutes: Type.Integer({ minimum: 1, maximum: 10 }),
    kind: wordOf(TaskKind, 'Whether a program could do it.'),
    icon,
    offsetDays: offsetDays('Due so many days after the day on which the template is begun'),
  },
  { title: 'TemplateStep', additionalProperties: false },
)
export type Step = Static<typeof Step>

/** A step as it is given: what it says nothing of is null. */
const GivenStep = Type.Unsafe<Step>({
  ...Step,
  title: 'NewTemplateStep',
  required: Step.required.filter((name) => name !== 'icon' && name !== 'offsetDays'),
  properties: {
    ...Step.properties,
    icon: { ...Step.properties.icon, default: null },
    offsetDays: { ...Step.properties.offsetDays, default: null },
  },
})

const stepsOf = <S extends TSchema>(step: S) =>
  Type.Array(step, { minItems: 1, maxItems: 10, description: 'In their order.' })
const words = {
  name: Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description: 'The title of the task it makes.' }),
  description: Type.String({ maxLength: 5000, description: 'The notes of the task it makes.' }),
  category: wordOf(Category),
  icon,
  dueOffsetDays: offsetDays('The task is due so many days after the day on which it is begun'),
  steps: stepsOf(Step),
}
const visibility = wordOf(Visibility, 'For oneself alone, or for all in the workspace.')

/** What a template says, whosever it is. */
export const TemplateWords = Type.Object(words)
export type TemplateWords = Static<typeof TemplateWords>

const given = { ...words, visibility, steps: stepsOf(GivenStep) }
const { name, category, steps, ...optional } = given
const maybe = Type.Partial(Type.Object(optional)).properties

export const NewTemplate = Type.Object({ name, category, steps, ...maybe }, { additionalProperties: false })
export type NewTemplate = Static<typeof NewTemplate>

export const TemplateChange = Type.Object(Type.Partial(Type.Object(given)).properties, {
  additionalProperties: false,
  minProperties: 1,
})
export type TemplateChange = Static<typeof TemplateChange>

const Share = Type.Object({
  code: Type.String({ description: 'Such as HOMEWORK-A7B2-K9QX: by it others apply and copy the template.' }),
  uses: Type.Integer({ description: 'How often it was applied or copied by this code.' }),
  createdAt: dateTime(),
})
export type Share = Static<typeof Share>
export { Share as TemplateShare }

export const Template = Type.Object(
  {
    id: uuid(),
    ...words,
    visibility,
    minutes: Type.Integer({ description: 'Of all steps together.' }),
    isBuiltIn: Type.Boolean({ description: 'It came with the server: everybody has it and nobody changes it.' }),
    createdBy: orNull(uuid('Null for what came with the server.')),
    share: orNull(Share, 'Null also for who may not share it.'),
    createdAt: dateTime(),
    updatedAt: dateTime(),
  },
  { title: 'Template' },
)
export type Template = Static<typeof Template>

export const TemplateParams = Type.Object({ id: pathId('template') })
export const CodeParams = Type.Object({
  code: Type.String({ minLength: 3, maxLength: 40, pattern: '^[0-9A-Za-z -]+$', description: 'As it was told.' }),
})

export const TemplateQuery = Type.Object(
  { ...PageQuery, category: Type.Optional(wordOf(Category)), visibility: Type.Optional(visibility) },
  { additionalProperties: false },
)
export type TemplateQuery = Static<typeof TemplateQuery>

export const TemplatePage = page(Template)

export const Application = Type.Object(
  {
    startDate: Type.String({ format: 'date', description: 'The day on which it is begun: offsets count from it.' }),
    title: Type.Optional(Type.String({ minLength: 1, maxLength: 200, pattern: '\\S' })),
    projectId: Type.Optional(uuid()),
  },
  { additionalProperties: false },
)
export type Application = Static<typeof Application>

export const Applied = Type.Object(
  { task: Task, steps: Type.Array(Task, { description: 'In their order.' }) },
  { title: 'AppliedTemplate' },
)
export type Applied = Static<typeof Applied>
