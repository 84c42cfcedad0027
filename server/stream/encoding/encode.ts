import { join } from 'node:path'
import { invariant } from '#kernel/assert.ts'
import { toNumber } from '#kernel/rational.ts'
import { MediaFailure } from '#platform/media/failure.ts'
import { hasFilter, runFfmpeg } from '#platform/media/ffmpeg.ts'
import type { FfmpegResult } from '#platform/media/ffmpeg.ts'
import type { MediaProbe } from '#platform/media/probe.ts'
import { audioArgs, audioFile, chunkArgs, rungFile } from './command.ts'
import type { EncodingPlan } from './plan.ts'

interface EncodeInput {
  /** Absolute, named by us. */
  readonly sourcePath: string
  readonly probe: MediaProbe
  readonly plan: EncodingPlan
  /** An existing folder of this attempt alone, also FFmpeg's working folder; absolute. */
  readonly outDir: string
  readonly signal?: AbortSignal | undefined
  /** Wall clock; the default grows with the content. */
  readonly timeoutMs?: number | undefined
  readonly nice?: number | undefined
}

export interface EncodeChunkInput extends EncodeInput {
  readonly chunkIndex: number
  /** Called about once a second with the frames that the highest rung has so far, out of the chunk's. */
  readonly onProgress?: ((progress: { readonly frame: number; readonly frameCount: number }) => void) | undefined
  /** Threads of each encoder and of the decoder; absent: as many as the machine suggests. */
  readonly threads?: number | undefined
}

export interface EncodedChunk {
  /** Frames in each file. As planned, but for the last chunk, where this is the truth; 0 when it had none after all. */
  readonly frameCount: number
  readonly rungs: readonly { readonly name: string; readonly path: string }[]
}

export interface EncodedAudio {
  /** ADTS files, empty when the plan has no sound. The first 1024 samples of each are the encoder's priming. */
  readonly rungs: readonly { readonly name: string; readonly path: string }[]
}

/** Samples that FFmpeg's AAC encoder puts before the first of the source. */
export const AAC_PRIMING_SAMPLES = 1024

/**
 * Encodes one chunk of the plan: for each rung a fragmented MP4 `<rung>.mp4` in `outDir`, a fragment (`moof` + `mdat`) for
 * each key frame interval, decode times from the video's beginning in `plan.timescale`. All chunks of a rung have the same
 * `avcC`. Idempotent: files of an earlier attempt are written over.
 * @throws MediaFailure `corrupt_media` when the source yields no or too few frames, `encoding_failed`, `storage_full`
 * @throws the signal's reason when aborted
 */
export async function encodeChunk(input: EncodeChunkInput): Promise<EncodedChunk> {
  const { plan, probe, outDir } = input
  const chunk = plan.chunks[input.chunkIndex]
  invariant(chunk !== undefined, `the plan has no chunk ${input.chunkIndex}`)
  const canToneMap = probe.video.hdr !== null && (await hasFilter('zscale')) && (await hasFilter('tonemap'))
  const { onProgress } = input
  const result = await encoded(input, chunk.frameCount / toNumber(plan.frameRate), {
    args: chunkArgs({ ...input, chunk, canToneMap }),
    onFrame: onProgress && ((frame) => onProgress({ frame, frameCount: chunk.frameCount })),
  })
  const { frame } = result.progress
  const isLast = chunk.index === plan.chunks.length - 1
  if (isLast ? chunk.index === 0 && frame === 0 : frame < chunk.frameCount) {
    throw new MediaFailure('corrupt_media', 'The picture cannot be decoded to its end.', result.stderr.slice(-2000))
  }
  return {
    frameCount: frame,
    rungs: plan.video.map((rung) => ({ name: rung.name, path: join(outDir, rungFile(rung)) })),
  }
}

/**
 * Encodes the sound of the whole file: for each audio rung an ADTS file (AAC-LC, 48 kHz) that begins with the picture's
 * first frame and reaches beyond its planned end. Idempotent as `encodeChunk` is.
 * @throws MediaFailure `corrupt_media` when no sound can be decoded, `encoding_failed`, `storage_full`
 * @throws the signal's reason when aborted
 */
export async function encodeAudio(input: EncodeInput): Promise<EncodedAudio> {
  const { plan, outDir } = input
  if (plan.audio.length === 0) return { rungs: [] }
  await encoded(input, plan.frameCount / toNumber(plan.frameRate), { args: audioArgs(input) })
  return { rungs: plan.audio.map((rung) => ({ name: rung.name, path: join(outDir, audioFile(rung)) })) }
}

/** A second of content may take this many to encode, on a slow machine with many rungs. */
const SLOWEST = 120
const LEAST_TIMEOUT_MS = 10 * 60_000

async function encoded(
  input: EncodeInput,
  contentSeconds: number,
  work: { readonly args: readonly string[]; readonly onFrame?: ((frame: number) => void) | undefined },
): Promise<FfmpegResult> {
  const { onFrame } = work
  let frames = 0
  try {
    return await runFfmpeg(work.args, {
      cwd: input.outDir,
      timeoutMs: input.timeoutMs ?? Math.max(LEAST_TIMEOUT_MS, contentSeconds * SLOWEST * 1000),
      signal: input.signal,
      nice: input.nice,
      onProgress: (progress) => {
        frames = progress.frame
        onFrame?.(progress.frame)
      },
    })
  } catch (error) {
    // FFmpeg ends with an error when nothing at all could be decoded: that is the file's fault, not the encoder's.
    const nothingDecoded = /Error marking filters as finished|Cannot determine format of input|matches no streams/
    if (error instanceof MediaFailure && error.code === 'encoding_failed' && frames === 0) {
      if (nothingDecoded.test(error.log ?? '')) {
        throw new MediaFailure('corrupt_media', 'The file cannot be decoded.', error.log)
      }
    }
    throw error
  }
}
