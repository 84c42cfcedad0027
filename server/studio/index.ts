import { writeCaptions } from './captions/service.ts'
import { composeMusic } from './music/service.ts'
import projectRoutes from './projects/routes.ts'
import { renderFinished } from './renders/events.ts'
import { RenderNotFound, checkRender, filmOwner, renderFilm, renderOf } from './renders/service.ts'
import { writeScript } from './scripts/service.ts'
import { drawVisuals } from './visuals/service.ts'
import { recordVoice } from './voices/service.ts'

export type { Made } from './generations/service.ts'
export { Film } from './projects/schema.ts'
export { createProject, filmOf } from './projects/service.ts'
export type { RenderedFilm } from './renders/service.ts'
export { RenderNotFound, checkRender, composeMusic, drawVisuals, recordVoice, renderFilm, renderOf }
export { writeCaptions, writeScript }

/** Every event of the wing. */
export const studioEvents = [renderFinished]

/** What the studio gives to the composition root. */
export type StudioWing = ReturnType<typeof openStudio>

/** Opens the wing: hands over everything that it registers. */
export function openStudio() {
  return {
    routes: [...projectRoutes],
    jobs: [],
    schedules: [],
    reconcilers: [],
    storageOwners: [filmOwner],
  }
}
