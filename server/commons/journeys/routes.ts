import { Type } from 'typebox'
import { dateTime, orNull, uuid } from '#platform/fields.ts'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import type { JourneyPart } from './part.ts'
import { JourneyNotFound, journeyOf } from './service.ts'

const Happening = Type.Object({
  id: uuid(),
  type: Type.String(),
  at: dateTime(),
  subject: Type.String({ description: 'Whom it is about: `video:<id>`.' }),
  data: Type.Unknown(),
})

/** The route of journeys, whose answer is made of the parts that the wings have registered. */
export function journeyRoutes(parts: readonly JourneyPart[]): readonly RouteDefinition[] {
  const members = Object.fromEntries(parts.map(({ name, schema }) => [name, orNull(schema)]))
  return [
    route({
      id: 'getJourney',
      method: 'GET',
      path: '/api/v1/journeys/:videoId',
      summary: 'The way of a video from the thought to those who watch it, with times and costs',
      tag: 'Journeys',
      permission: 'journey:read',
      params: Type.Object({ videoId: uuid('Id of the video.') }),
      ok: [
        200,
        Type.Object({
          videoId: uuid(),
          ...members,
          views: orNull(Type.Integer({ minimum: 0 }), 'How often it was watched; null while nobody counts.'),
          trail: Type.Array(Happening, {
            description: 'What happened, oldest first; at most 100 events of each part.',
          }),
        }),
      ],
      problems: [JourneyNotFound],
      handler: (ctx, { params }) => journeyOf(ctx, parts, params.videoId),
    }),
  ]
}
