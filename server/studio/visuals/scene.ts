import type { SKRSContext2D } from '@napi-rs/canvas'
import type { Chance } from '../direction/chance.ts'
import type { Palette } from './palette.ts'

/** Size of a picture in the units in which everything is drawn, on whatever canvas. The largest film has a pixel for each. */
export const WIDTH = 1280
export const HEIGHT = 720

/** Lines of the smallest film: what has fewer is a sketch of a picture, to be looked at by us alone. */
export const LEAST_HEIGHT = 360

/** The width in pixels of a film of `height` lines. */
export const widthAt = (height: number): number => (WIDTH * height) / HEIGHT

/** What a motif is made for. */
export interface Stage {
  readonly palette: Palette
  readonly chance: Chance
  /** Where the eye should go: the side that letters leave free. */
  readonly focus: { readonly x: number; readonly y: number }
  /** 0 still to 1 lively. */
  readonly energy: number
}

/** The moment that is drawn. */
export interface Moment {
  /** Since the scene began, and the share of it that is over. */
  readonly seconds: number
  readonly share: number
  /** Since the film began; whole numbers are beats of the music. */
  readonly beats: number
}

/** Draws one moment of something that moves. The same moment gives the same picture. */
export type Draw = (canvas: SKRSContext2D, moment: Moment) => void

/** Something to look at, set up once for a scene. */
export type Motif = (stage: Stage) => Draw
