import type { MeasuredKeyframe, MeasuredSegment, MeasuredVideoSegment } from '../packaging/presentation.ts'

/** A segment as it is kept in `stream.chunks.segments`: short, because a long video has ten thousands of them. */
export type StoredSegment = readonly [
  sizeBytes: number,
  durationTicks: number,
  keyframes?: readonly (readonly [offset: number, size: number, durationTicks: number])[],
]

/** By rung. */
export type StoredTracks = Readonly<Record<string, readonly StoredSegment[]>>

/** What a chunk keeps of its packed segments. */
export function storeSegments(
  segments: readonly {
    readonly bytes: { readonly length: number }
    readonly durationTicks: number
    readonly keyframes?: readonly MeasuredKeyframe[]
  }[],
): StoredSegment[] {
  return segments.map(({ bytes, durationTicks, keyframes }) =>
    keyframes === undefined
      ? [bytes.length, durationTicks]
      : [bytes.length, durationTicks, keyframes.map((key) => [key.offset, key.size, key.durationTicks] as const)],
  )
}

/** The other way round. */
export function measuredSegment([sizeBytes, durationTicks]: StoredSegment): MeasuredSegment {
  return { sizeBytes, durationTicks }
}

export function measuredVideoSegment([sizeBytes, durationTicks, keyframes = []]: StoredSegment): MeasuredVideoSegment {
  return {
    sizeBytes,
    durationTicks,
    keyframes: keyframes.map(([offset, size, ticks]) => ({ offset, size, durationTicks: ticks })),
  }
}
