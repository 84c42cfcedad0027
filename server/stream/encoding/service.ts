import { monotonicMs } from '#kernel/clock.ts'
import { invariant } from '#kernel/assert.ts'
import { isProblem } from '#kernel/errors.ts'
import { type Rational, formatRational, framesToMs, rational } from '#kernel/rational.ts'
import { MediaFailure } from '#platform/media/failure.ts'
import { type MediaProbe, probeMedia } from '#platform/media/probe.ts'
import { SNIFF_BYTES } from '#platform/media/sniff.ts'
import { enqueue } from '#platform/jobs/enqueue.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { readBytes, readHead, readPieces } from '#platform/storage/files.ts'
import { StorageFull } from '#platform/storage/storage.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { type StreamTx, stream } from '../door.ts'
import { packAudio } from '../packaging/audio.ts'
import { packVideoChunk } from '../packaging/video.ts'
import { moveOn } from '../videos/progress.ts'
import { statesBefore } from '../videos/state.ts'
import { AAC_PRIMING_SAMPLES, encodeAudio, encodeChunk } from './encode.ts'
import { failEncoding, removeMedia } from './failing.ts'
import { encodeAudioJob, encodeChunkJob, makeThumbnailsJob, packageVideoJob } from './jobs.ts'
import { initKey, segmentKey } from './keys.ts'
import { type EncodingPlan, planEncoding } from './plan.ts'
import {
  type NewRendition,
  chunkExists,
  doneOf,
  holdEncoding,
  insertChunk,
  insertRenditions,
  tellFramesUnderWay,
  tellProgress,
  videoAtWork,
} from './queries.ts'
import { type StoredTracks, storeSegments } from './stored.ts'

/** A video whose encoding is under way, with what was decided. */
export interface Work {
  readonly videoId: string
  readonly workspaceId: string
  readonly originalKey: string
  readonly probe: MediaProbe
  readonly plan: EncodingPlan
}

const KEYFRAMES_PER_SEGMENT = 3
const PROGRESS_EVERY_MS = 1_000
/** Of the bar; what is left is packaging. */
const SHARE_OF_FRAMES = 0.98

/** The work on a video, or null when it was deleted, failed, or is done. */
export async function workOn(ctx: JobCtx, videoId: string): Promise<Work | null> {
  const [row] = await stream.one(ctx, (db) => videoAtWork(db, videoId, ['encoding']))
  if (row === undefined) return null
  invariant(row.originalKey !== null && row.probe !== null && row.plan !== null, 'a video being encoded has its plan')
  return {
    videoId,
    workspaceId: row.workspaceId,
    originalKey: row.originalKey,
    probe: row.probe as MediaProbe,
    plan: row.plan as EncodingPlan,
  }
}

/** Finds out what was uploaded, decides the ladder and the chunks, and starts the work on them. */
export async function probeVideo(ctx: JobCtx, videoId: string, signal: AbortSignal): Promise<void> {
  const [row] = await stream.one(ctx, (db) => videoAtWork(db, videoId, ['uploaded', 'probing']))
  if (row === undefined || row.originalKey === null) return
  const { originalKey } = row
  await stream.write(ctx, (tx) => moveOn(tx, ctx, videoId, [...statesBefore('probing'), 'probing'], 'probing'))
  await using dir = await tempDir()
  await using source = await ctx.storage.localFile(originalKey)
  const probe = await probeMedia({
    path: source.path,
    head: await readHead(source.path, SNIFF_BYTES),
    cwd: dir.path,
    signal,
  })
  const plan = planEncoding(probe)
  await stream.write(ctx, async (tx) => {
    const moved = await moveOn(tx, ctx, videoId, ['probing'], 'encoding', {
      probe: JSON.stringify(probe),
      plan: JSON.stringify(plan),
      durationMs: framesToMs(plan.frameCount, plan.frameRate),
      width: probe.video.displayWidth,
      height: probe.video.displayHeight,
      frameRate: formatRational(plan.frameRate),
    })
    if (!moved) return
    for (const chunk of plan.chunks.slice(0, 1)) await enqueue(tx, encodeChunkJob, { videoId, index: chunk.index })
    if (plan.audio.length > 0) await enqueue(tx, encodeAudioJob, { videoId })
    await enqueue(tx, makeThumbnailsJob, { videoId })
    for (const chunk of plan.chunks.slice(1)) await enqueue(tx, encodeChunkJob, { videoId, index: chunk.index })
  })
}

/** Requests go before encoding, and what makes a video playable before what makes it whole. */
const NICE = 5
const NICE_WHEN_PLAYABLE = 15

/** Encodes one chunk on every rung, stores its segments, and moves the video on. Idempotent. */
export async function encodeVideoChunk(
  ctx: JobCtx,
  input: { videoId: string; index: number },
  signal: AbortSignal,
): Promise<void> {
  const { videoId, index } = input
  const work = await workOn(ctx, videoId)
  const chunk = work?.plan.chunks[index]
  if (work === null || chunk === undefined) return
  const [done] = await stream.one(ctx, (db) => chunkExists(db, videoId, 'video', index))
  if (done !== undefined) return
  await using dir = await tempDir()
  await using source = await ctx.storage.localFile(work.originalKey)
  const teller = tellRegularly(ctx, work)
  const encoded = await encodeChunk({
    sourcePath: source.path,
    probe: work.probe,
    plan: work.plan,
    chunkIndex: index,
    outDir: dir.path,
    signal,
    onProgress: teller.tell,
    nice: index === 0 ? NICE : NICE_WHEN_PLAYABLE,
  })
  await teller.stop()
  // Whoever slept through the loss of the job must not write over what another attempt has measured.
  const [taken] = await stream.one(ctx, (db) => chunkExists(db, videoId, 'video', index))
  if (taken !== undefined) return
  const segments: Record<string, ReturnType<typeof storeSegments>> = {}
  const renditions: NewRendition[] = []
  for (const rung of encoded.rungs) {
    if (encoded.frameCount === 0) segments[rung.name] = []
    else {
      const packed = packVideoChunk(await readBytes(rung.path), {
        frameTicks: frameTicks(work.plan),
        startFrame: chunk.startFrame,
        frameCount: encoded.frameCount,
        firstSegment: chunk.firstSegment,
        keyframesPerSegment: KEYFRAMES_PER_SEGMENT,
        isLast: index === work.plan.chunks.length - 1,
      })
      if (index === 0) await ctx.storage.put(initKey(videoId, rung.name), packed.init)
      for (const segment of packed.segments) {
        signal.throwIfAborted()
        await ctx.storage.put(segmentKey(videoId, rung.name, segment.index), segment.bytes)
      }
      segments[rung.name] = storeSegments(packed.segments)
      renditions.push(videoRendition(work, rung.name, packed))
    }
  }
  await finishChunk(
    ctx,
    work,
    { track: 'video', index, frameCount: encoded.frameCount, segments },
    index === 0 ? renditions : [],
  )
}

function videoRendition(
  work: Work,
  name: string,
  packed: { readonly codecs: string; readonly width: number; readonly height: number; readonly timescale: number },
): NewRendition {
  const { videoId, workspaceId, plan } = work
  const position = plan.video.findIndex((rung) => rung.name === name)
  const { codecs, width, height, timescale } = packed
  return { videoId, workspaceId, name, kind: 'video', position, codecs, width, height, channels: null, timescale }
}

/** Encodes the sound of the whole video and stores its segments. Idempotent. */
export async function encodeVideoAudio(
  ctx: JobCtx,
  input: { videoId: string; frameCount?: number },
  signal: AbortSignal,
): Promise<void> {
  const work = await workOn(ctx, input.videoId)
  if (work === null) return
  const [done] = await stream.one(ctx, (db) => chunkExists(db, work.videoId, 'audio', 0))
  if (done !== undefined) return
  const frameCount = input.frameCount ?? work.plan.frameCount
  await using dir = await tempDir()
  await using source = await ctx.storage.localFile(work.originalKey)
  const encoded = await encodeAudio({
    sourcePath: source.path,
    probe: work.probe,
    plan: { ...work.plan, frameCount },
    outDir: dir.path,
    signal,
    nice: NICE,
  })
  const boundaries = soundBoundaries(work.plan, frameCount)
  const [taken] = await stream.one(ctx, (db) => chunkExists(db, work.videoId, 'audio', 0))
  if (taken !== undefined) return
  const segments: Record<string, ReturnType<typeof storeSegments>> = {}
  const renditions: NewRendition[] = []
  for (const rung of encoded.rungs) {
    const packed = await packAudio(readPieces(rung.path), { boundaries, primingSamples: AAC_PRIMING_SAMPLES })
    await ctx.storage.put(initKey(work.videoId, rung.name), packed.init)
    const measured: ReturnType<typeof storeSegments> = []
    for await (const segment of packed.segments) {
      signal.throwIfAborted()
      await ctx.storage.put(segmentKey(work.videoId, rung.name, segment.index), segment.bytes)
      measured.push(...storeSegments([segment]))
    }
    segments[rung.name] = measured
    renditions.push({
      videoId: work.videoId,
      workspaceId: work.workspaceId,
      name: rung.name,
      kind: 'audio',
      position: renditions.length,
      codecs: packed.codecs,
      width: null,
      height: null,
      channels: packed.channels,
      timescale: packed.timescale,
    })
  }
  await finishChunk(ctx, work, { track: 'audio', index: 0, frameCount, segments }, renditions)
}

export { holdEncoding as holdVideo }

/** The ends of the picture's segments in seconds, where sound is cut too. */
function soundBoundaries(plan: EncodingPlan, frameCount: number): Rational[] {
  const ends: number[] = []
  for (let end = plan.segmentFrames; end < frameCount; end += plan.segmentFrames) ends.push(end)
  return [...ends, frameCount].map((frame) => rational(frame * plan.frameRate.den, plan.frameRate.num))
}

/** Ticks of a frame; the plan chose the timescale so that it is whole. */
export function frameTicks(plan: EncodingPlan): number {
  const ticks = (plan.timescale * plan.frameRate.den) / plan.frameRate.num
  invariant(Number.isInteger(ticks), 'a frame is a whole number of ticks')
  return ticks
}

/** One transaction: the chunk is there, the bar has moved, and what follows is enqueued. */
async function finishChunk(
  ctx: JobCtx,
  work: Work,
  chunk: { track: 'video' | 'audio'; index: number; frameCount: number; segments: StoredTracks },
  renditions: readonly NewRendition[],
): Promise<void> {
  const { videoId, workspaceId } = work
  await stream.write(ctx, async (tx) => {
    if (!(await holdEncoding(tx, videoId))) return
    if (!(await insertChunk(tx, { workspaceId, videoId, ...chunk }))) return
    await insertRenditions(tx, renditions)
    await advance(tx, ctx, work)
  })
}

/** Tells how far the video is and, when all parts are there, has it packaged. The caller holds the video's row. */
export async function advance(tx: StreamTx, ctx: JobCtx, work: Work): Promise<void> {
  const { plan, videoId } = work
  const done = await doneOf(tx, videoId)
  const hasSound = plan.audio.length === 0 || done.hasAudio
  const progress = Math.min(SHARE_OF_FRAMES, (done.frames / plan.frameCount) * SHARE_OF_FRAMES)
  await tellProgress(tx, videoId, { progress, playable: done.hasFirst && hasSound }, ctx.clock.now())
  if (done.videoChunks === plan.chunks.length && hasSound && done.hasThumbnails)
    await enqueue(tx, packageVideoJob, { videoId })
}

/** Writes the frames under way to the video about once a second, one write at a time. */
function tellRegularly(
  ctx: JobCtx,
  work: Work,
): { readonly tell: (progress: { readonly frame: number }) => void; readonly stop: () => Promise<void> } {
  let lastMs = monotonicMs()
  let writing: Promise<void> = Promise.resolve()
  let isWriting = false
  const write = async (frame: number): Promise<void> => {
    try {
      await stream.write(ctx, (tx) => tellFramesUnderWay(tx, work.videoId, work.plan, frame))
    } catch (error) {
      // The bar is a courtesy: the chunk must not fail for it, and the next write may succeed.
      ctx.log.warn({ err: error, videoId: work.videoId }, 'progress was not written')
    } finally {
      isWriting = false
    }
  }
  return {
    tell: ({ frame }) => {
      if (isWriting || monotonicMs() - lastMs < PROGRESS_EVERY_MS) return
      lastMs = monotonicMs()
      isWriting = true
      writing = write(frame)
    },
    stop: () => writing,
  }
}

/**
 * Runs a step of a video's encoding. What is wrong with the file fails the video at once; what is wrong with us is tried
 * again by the job and fails the video with the last try. Then nothing works on the video any more.
 */
export async function asStepOf(
  ctx: JobCtx,
  input: { readonly videoId: string; readonly index?: number },
  triesAtMost: number,
  step: () => Promise<void>,
): Promise<void> {
  const { videoId, index } = input
  try {
    await step()
  } catch (error) {
    const failure = failureOf(error)
    if (failure === null || (isOurs(failure) && ctx.job.attempt < triesAtMost)) throw error
    ctx.log.warn({ videoId, code: failure.code, detail: failure.message, said: failure.log }, 'video failed')
    const { actor, job } = ctx
    const video = { id: videoId, workspaceId: actor.kind === 'anonymous' ? null : actor.workspaceId }
    const failed = await stream.write(ctx, (tx) => failEncoding(tx, ctx, video, failure, { name: job.name, index }))
    if (failed) await removeMedia(ctx, videoId)
  }
}

function failureOf(error: unknown): MediaFailure | null {
  if (error instanceof MediaFailure) return error
  if (isProblem(error, StorageFull))
    return new MediaFailure('storage_full', 'There was no room left for the encoded video.')
  return null
}

function isOurs(failure: MediaFailure): boolean {
  return failure.code === 'encoding_failed' || failure.code === 'storage_full'
}
