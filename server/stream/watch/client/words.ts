import { formatClock } from './time.ts'
import type { WatchedVideo } from './video.ts'

/** How a video stands, in words for whoever looks at its page. */
export interface Standing {
  /** `waiting`: nothing to see yet; `growing`: its beginning plays; `ready`: all of it; `failed`: nothing will come. */
  readonly phase: 'waiting' | 'growing' | 'ready' | 'failed'
  /** Empty when there is nothing to say (`ready`). */
  readonly headline: string
  readonly detail: string
  /** What its owner can do; empty but for `failed`. */
  readonly advice: string
  /** 0 to 100, whole; null when no share is known. */
  readonly percent: number | null
}

const plain = { advice: '', percent: null } as const

/** Puts a video's state into words. */
export function standingOf(video: WatchedVideo): Standing {
  const percent = Math.round(Math.min(1, Math.max(0, video.progress)) * 100)
  switch (video.state) {
    case 'uploading':
      return {
        ...{ ...plain, phase: 'waiting', headline: 'Still arriving' },
        detail: 'The file is being uploaded. It plays here as soon as its beginning is ready.',
      }
    case 'uploaded':
      return {
        ...{ ...plain, phase: 'waiting', headline: 'Next in line' },
        detail: 'The upload is complete. Work on it begins in a moment.',
      }
    case 'probing':
      return {
        ...{ ...plain, phase: 'waiting', headline: 'Taking a look' },
        detail: 'Finding out what is in the file.',
      }
    case 'encoding':
      return video.playable ? growing(video, percent) : beginning(percent)
    case 'ready':
      return { ...plain, phase: 'ready', headline: '', detail: '' }
    case 'failed':
      return failed(video.failure?.code ?? '')
  }
}

function beginning(percent: number): Standing {
  const detail = 'The first part is being prepared. It starts to play before the rest is done.'
  return { phase: 'waiting', headline: 'Getting ready', detail, advice: '', percent }
}

function growing(video: WatchedVideo, percent: number): Standing {
  const length = video.durationMs === null ? '' : ` of ${formatClock(video.durationMs / 1000)}`
  const detail = `The rest${length} is on its way.`
  return { phase: 'growing', headline: 'Playable now', detail, advice: '', percent }
}

const FAILURES: Readonly<Record<string, readonly [detail: string, advice: string]>> = {
  unsupported_media: [
    'The file is of a kind that cannot be read here.',
    'Export it as MP4 with H.264, or another common format, and upload it again.',
  ],
  corrupt_media: [
    'The file is damaged or incomplete.',
    'See whether it plays from start to end on your own computer, then upload it again.',
  ],
  too_large: [
    'The file is larger than this server takes.',
    'Upload a smaller export, or ask whoever runs this server to raise its limit.',
  ],
  too_long: [
    'The video is longer than this server takes.',
    'Cut it into parts, or ask whoever runs this server to raise its limit.',
  ],
  too_many_pixels: [
    'The picture is larger than this server takes.',
    'Export it in a smaller size, 3840 × 2160 say, and upload it again.',
  ],
  no_streams: [
    'The file holds nothing that could be shown here.',
    'Check that you chose the right file, then upload it again.',
  ],
  encoding_failed: [
    'Something went wrong while it was being prepared.',
    'Upload it again. If that fails too, tell whoever runs this server the id of the video.',
  ],
  storage_full: [
    'The server has run out of room.',
    'Remove what is no longer needed, or ask whoever runs this server for more room, then upload it again.',
  ],
}

function failed(code: string): Standing {
  const [detail, advice] = FAILURES[code] ?? ['It could not be prepared.', 'Upload it again.']
  return {
    phase: 'failed',
    headline: 'This video cannot be played',
    detail,
    advice: `If it is yours: ${lowerFirst(advice)}`,
    percent: null,
  }
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1)
}

/** What went wrong while it played, in words. `network` is still being tried again; the others have been given up. */
export const TROUBLE = {
  network: 'The connection is lost. Trying again …',
  offline: 'The connection could not be restored. Check it, then reload this page.',
  media: 'Your browser could not go on decoding this video. Reload the page, or choose another quality.',
  unsupported: 'Your browser cannot play this kind of stream. A current Firefox, Chrome, Edge or Safari can.',
  missing: 'A part of this video cannot be fetched. Reload the page to try again.',
  gone: 'This video is no longer available to you.',
} as const
export type Trouble = keyof typeof TROUBLE
