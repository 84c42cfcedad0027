import { AnswerRefused, NotConnected, ProviderFailed, transcribe } from '#commons/ai/service.ts'
import { BudgetExceeded } from '#commons/metering/service.ts'
import { isProblem } from '#kernel/errors.ts'
import { type Ctx, onBehalfOf } from '#platform/context.ts'
import type { JobCtx } from '#platform/jobs/job.ts'
import { MediaFailure } from '#platform/media/failure.ts'
import { type Demuxer, SNIFF_BYTES } from '#platform/media/sniff.ts'
import { type SoundProbe, probeSound } from '#platform/media/sound.ts'
import { readBytes, readHead } from '#platform/storage/files.ts'
import { tempDir } from '#platform/storage/temp.ts'
import { giveWords, putInInbox } from '../captures/spoken.ts'
import { planner } from '../door.ts'
import { type RecordingRow, lockedRecording, recordingById, updateRecording } from './queries.ts'
import type { Transcript } from './schema.ts'

const HEARD_BYTES_MAX = 25 * 1024 * 1024
const LASTS_MS_MAX = 4 * 3_600_000

interface Input {
  readonly captureId: string
  readonly userId: string
  readonly workspaceId: string
}

/**
 * Finds out how long a recording is and has it written down where a provider is connected; its words are then a thought
 * like one that was typed. Without, it is kept and stands in the inbox by its name. A recording that is not to be heard is
 * left alone, so it may run again.
 */
export async function run(job: JobCtx, input: Input, signal: AbortSignal): Promise<void> {
  const { captureId, userId } = input
  const ctx = onBehalfOf(job, input)
  const [row] = await planner.one(ctx, (db) => recordingById(db, userId, captureId))
  if (row?.state !== 'listening') return
  // Nothing is held while others are waited for.
  const heard = await listen(ctx, row, signal)
  await planner.write(ctx, async (tx) => {
    const held = await lockedRecording(tx, userId, captureId).executeTakeFirst()
    if (held?.state !== 'listening') return
    const now = ctx.clock.now()
    const { transcript, reason, probe } = heard
    const facts = probe === null ? {} : { mediaType: mediaTypeOf(probe), durationMs: probe.durationMs }
    if (transcript === null) {
      await updateRecording(tx, captureId, { state: 'kept', reason, ...facts }, now)
      await putInInbox(tx, ctx, captureId, row.title)
      return
    }
    await updateRecording(tx, captureId, { state: 'transcribed', reason: null, ...facts, transcript }, now)
    await giveWords(tx, ctx, captureId, transcript.text)
  })
}

interface Listened {
  readonly probe: SoundProbe | null
  readonly transcript: Transcript | null
  /** Why there are no words. */
  readonly reason: string
}

async function listen(ctx: Ctx, row: RecordingRow, signal: AbortSignal): Promise<Listened> {
  await using dir = await tempDir()
  await using source = await ctx.storage.localFile(row.storageKey)
  const head = await readHead(source.path, SNIFF_BYTES)
  let probe: SoundProbe
  try {
    const limits = { maxDurationMs: LASTS_MS_MAX }
    probe = await probeSound({ path: source.path, head, cwd: dir.path, signal, limits })
  } catch (error) {
    if (!(error instanceof MediaFailure)) throw error
    return { probe: null, transcript: null, reason: error.code }
  }
  if ((row.sizeBytes ?? 0) > HEARD_BYTES_MAX) return { probe, transcript: null, reason: 'too_large' }
  try {
    const { provider, model, costMicros, path, text, language, segments } = await transcribe(ctx, {
      file: await readBytes(source.path),
      mime: mediaTypeOf(probe),
      durationMs: probe.durationMs,
      source: `planner:recording:${row.id}`,
      signal,
    })
    const transcript = { text, language, segments: [...segments], path, provider, model, costMicros }
    return text.trim() === '' ? { probe, transcript: null, reason: 'nothing_said' } : { probe, transcript, reason: '' }
  } catch (error) {
    const reason = reasonOf(error)
    if (reason === null) throw error
    return { probe, transcript: null, reason }
  }
}

function reasonOf(error: unknown): string | null {
  if (isProblem(error, NotConnected)) return 'transcription_not_connected'
  if (isProblem(error, BudgetExceeded)) return 'budget'
  return isProblem(error, ProviderFailed) || isProblem(error, AnswerRefused) ? 'provider_failed' : null
}

const SOUND_TYPES: Partial<Record<Demuxer, string>> = {
  ...{ mov: 'audio/mp4', matroska: 'audio/webm', ogg: 'audio/ogg', flac: 'audio/flac', wav: 'audio/wav' },
  ...{ mp3: 'audio/mpeg', aac: 'audio/aac' },
}
const PICTURE_TYPES: Partial<Record<Demuxer, string>> = {
  ...{ mov: 'video/mp4', matroska: 'video/webm', ogg: 'video/ogg', mpegts: 'video/mp2t', mpeg: 'video/mpeg' },
}

/** What a player is told; a file that none plays is one to keep. */
const mediaTypeOf = ({ demuxer, hasPicture }: SoundProbe): string =>
  (hasPicture ? PICTURE_TYPES : SOUND_TYPES)[demuxer] ?? 'application/octet-stream'
