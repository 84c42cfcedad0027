import { type Static, Type } from 'typebox'

export const TEXT_LENGTH_MAX = 20_000

export const NewCapture = Type.Object(
  {
    text: Type.String({
      minLength: 1,
      maxLength: TEXT_LENGTH_MAX,
      description: 'The thought, as it came. It is kept to the letter.',
    }),
  },
  { additionalProperties: false },
)
export type NewCapture = Static<typeof NewCapture>

export const CaptureParams = Type.Object({ id: Type.String({ format: 'uuid', description: 'Id of the capture.' }) })

export const Capture = Type.Object({
  id: Type.String({ format: 'uuid' }),
  text: Type.String(),
  taskId: Type.Union([Type.String({ format: 'uuid' }), Type.Null()], {
    description: 'The task that it became, in the workspace in which it was captured.',
  }),
  createdAt: Type.String({ format: 'date-time' }),
})
export type Capture = Static<typeof Capture>
