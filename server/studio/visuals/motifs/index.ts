import { chanceOf } from '../../direction/chance.ts'
import type { Look } from '../look.ts'
import type { Motif } from '../scene.ts'
import { bokeh, orbits, ripple, seeds } from './circles.ts'
import { globe, poster, tiles } from './geometry.ts'
import { columns, ridges, silk } from './landscape.ts'
import { bands, contours, streaks } from './lines.ts'

/** What a scene can show, by name: a film goes through them in an order of its own. */
export const MOTIFS = {
  ridges,
  silk,
  columns,
  orbits,
  seeds,
  ripple,
  bokeh,
  tiles,
  poster,
  globe,
  contours,
  streaks,
  bands,
} satisfies Record<string, Motif>
export type MotifName = keyof typeof MOTIFS

/** The motifs of a film in its own order; none comes again before all others were there. */
export function motifOf(look: Look, sceneIndex: number): MotifName {
  const names = Object.keys(MOTIFS) as MotifName[]
  const round = Math.floor(sceneIndex / names.length)
  const order = chanceOf(look.seed, `motifs/${round}`).shuffled(names)
  return order[sceneIndex % names.length] ?? 'silk'
}
