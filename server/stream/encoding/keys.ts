import { fileNames } from '../packaging/presentation.ts'

/** Where the files of a video lie in the storage. Everything of it is below one prefix. */
export const mediaPrefix = (videoId: string): string => `stream/${videoId}/`
export const mediaKey = (videoId: string, name: string): string => mediaPrefix(videoId) + name
export const initKey = (videoId: string, rung: string): string => mediaKey(videoId, fileNames.init(rung))
export const segmentKey = (videoId: string, rung: string, index: number): string =>
  mediaKey(videoId, fileNames.segment(rung, index))

export const POSTER_NAME = 'poster.jpg'
export const STORYBOARD_NAME = 'storyboard.vtt'
export const SPRITE_NAME = 'storyboard.jpg'
