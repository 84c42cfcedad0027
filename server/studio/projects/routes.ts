import { type RouteDefinition, route } from '#platform/http/route.ts'
import { Film, FilmParams } from './schema.ts'
import { FilmNotFound, filmOf } from './service.ts'

const routes: readonly RouteDefinition[] = [
  route({
    id: 'getFilm',
    method: 'GET',
    path: '/api/v1/studio/projects/:id',
    summary: 'One film with what was made for it so far',
    tag: 'Studio: films',
    permission: 'film:read',
    params: FilmParams,
    ok: [200, Film],
    problems: [FilmNotFound],
    handler: (ctx, { params }) => filmOf(ctx, params.id),
  }),
]

export default routes
