/** What the page knows of a video: the API's video (`GET /api/v1/stream/videos/:id`) without what it does not show. */
export interface WatchedVideo {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly visibility: 'public' | 'unlisted' | 'private'
  readonly state: 'uploading' | 'uploaded' | 'probing' | 'encoding' | 'ready' | 'failed'
  /** True as soon as its beginning can be watched. */
  readonly playable: boolean
  /** Share of the encoding that is done, 0 to 1. */
  readonly progress: number
  readonly failure: { readonly code: string; readonly detail: string } | null
  readonly durationMs: number | null
  /** As shown: after rotation and pixel aspect. Null until probed, and for sound without picture. */
  readonly width: number | null
  readonly height: number | null
  /** A fraction such as `30000/1001`. */
  readonly frameRate: string | null
  readonly playback: Playback | null
  readonly createdAt: string
}

/** Where it plays from; absolute, or relative to the server's root. */
export interface Playback {
  readonly hlsUrl: string
  readonly posterUrl: string | null
  readonly storyboardUrl: string | null
  /** WebVTT, one for each language. */
  readonly captions?: readonly Captions[]
}

/** Captions beside the video; `language` is BCP 47. */
export interface Captions {
  readonly language: string
  readonly url: string
}

/** The fields of `WatchedVideo` alone, so that what the API adds later does not travel in the page. */
export function watched(video: WatchedVideo): WatchedVideo {
  const { id, title, description, visibility, state, playable, progress, failure } = video
  const { durationMs, width, height, frameRate, playback, createdAt } = video
  const urls =
    playback === null
      ? null
      : {
          ...{ hlsUrl: playback.hlsUrl, posterUrl: playback.posterUrl, storyboardUrl: playback.storyboardUrl },
          captions: (playback.captions ?? []).map(({ language, url }) => ({ language, url })),
        }
  return {
    ...{ id, title, description, visibility, state, playable, progress, failure },
    ...{ durationMs, width, height, frameRate, playback: urls, createdAt },
  }
}

/** True for an answer of our API that this page can work with; anything else (a proxy's page, say) is refused. */
export function isWatchedVideo(value: unknown): value is WatchedVideo {
  if (typeof value !== 'object' || value === null) return false
  const video = value as Partial<Record<keyof WatchedVideo, unknown>>
  const { playback } = video
  return (
    typeof video.id === 'string' &&
    typeof video.title === 'string' &&
    typeof video.description === 'string' &&
    typeof video.visibility === 'string' &&
    typeof video.state === 'string' &&
    typeof video.playable === 'boolean' &&
    typeof video.progress === 'number' &&
    (playback === null || (typeof playback === 'object' && typeof (playback as Partial<Playback>).hlsUrl === 'string'))
  )
}

/** Width ÷ height of the picture; 16/9 while it is unknown and for sound without picture. Kept within 1:3 and 4:1. */
export function aspectOf(video: Pick<WatchedVideo, 'width' | 'height'>): number {
  const { width, height } = video
  if (width === null || height === null || width <= 0 || height <= 0) return 16 / 9
  return Math.min(4, Math.max(1 / 3, width / height))
}
