import { Type } from 'typebox'
import { type RouteDefinition, route } from '#platform/http/route.ts'
import type { JourneyPart } from './part.ts'
import { JourneyNotFound, journeyOf } from './service.ts'

const Happening = Type.Object({
  id: Type.String({ format: 'uuid' }),
  type: Type.String(),
  at: Type.String({ format: 'date-time' }),
  subject: Type.String({ description: 'Whom it is about: `video:<id>`.' }),
  data: Type.Unknown(),
})

/** The route of journeys, whose answer is made of the parts that the wings have registered. */
export function journeyRoutes(parts: readonly JourneyPart[]): readonly RouteDefinition[] {
  const members = Object.fromEntries(parts.map(({ name, schema }) => [name, Type.Union([schema, Type.Null()])]))
  return [
    route({
      id: 'getJourney',
      method: 'GET',
      path: '/api/v1/journeys/:videoId',
      summary: 'The way of a video from the thought to those who watch it, with times and costs',
      tag: 'Journeys',
      permission: 'journey:read',
      params: Type.Object({ videoId: Type.String({ format: 'uuid', description: 'Id of the video.' }) }),
      ok: [
        200,
        Type.Object({
          videoId: Type.String({ format: 'uuid' }),
          ...members,
          views: Type.Union([Type.Integer({ minimum: 0 }), Type.Null()], {
            description: 'How often it was watched; null while nobody counts.',
          }),
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
