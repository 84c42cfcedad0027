import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { probeMedia } from '#platform/media/probe.ts'
import type { MediaProbe } from '#platform/media/probe.ts'
import { encodeChunk } from '../../server/stream/encoding/encode.ts'
import { planEncoding } from '../../server/stream/encoding/plan.ts'
import type { ChunkLengths, EncodingPlan } from '../../server/stream/encoding/plan.ts'
import { emptyFolder, headOf } from './media.ts'

/** A film encoded in chunks, and each rung of it joined to one file. */
export interface Joined {
  readonly probe: MediaProbe
  readonly plan: EncodingPlan
  /** Frames that each chunk brought. */
  readonly counts: readonly number[]
  /** For each rung, the first chunk's initialisation and the fragments of all. */
  readonly joined: readonly string[]
  /** For each rung the files of its chunks. */
  readonly files: readonly (readonly string[])[]
}

/** Probes a file that a test made. */
export async function probed(path: string): Promise<MediaProbe> {
  return await probeMedia({ path, head: headOf(path), cwd: emptyFolder() })
}

/** Encodes every chunk of a file on its own and joins each rung's fragments behind the first chunk's `moov`. */
export async function encodeInChunks(sourcePath: string, lengths?: ChunkLengths): Promise<Joined> {
  const probe = await probed(sourcePath)
  const plan = planEncoding(probe, lengths)
  const counts: number[] = []
  const files = plan.video.map((): string[] => [])
  const folder = emptyFolder()
  for (const chunk of plan.chunks) {
    const outDir = emptyFolder()
    const done = await encodeChunk({ sourcePath, probe, plan, chunkIndex: chunk.index, outDir })
    counts.push(done.frameCount)
    for (const [index, rung] of done.rungs.entries()) files[index]?.push(rung.path)
  }
  const joined = plan.video.map((rung, index) => {
    const path = join(folder, `${rung.name}.mp4`)
    for (const [chunk, file] of (files[index] ?? []).entries()) {
      const bytes = readFileSync(file)
      appendFileSync(path, chunk === 0 ? bytes : bytes.subarray(boxes(bytes, ['moof'])[0]?.at ?? 0))
    }
    return path
  })
  return { probe, plan, counts, joined, files }
}

const CONTAINERS = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'moof', 'traf']

/** Where boxes of the given types lie, in the order of the file, those inside others too. */
export function boxes(
  bytes: Buffer,
  types: readonly string[],
  start = 0,
  end = bytes.length,
): { readonly at: number; readonly sizeBytes: number }[] {
  const found: { at: number; sizeBytes: number }[] = []
  for (let at = start; at + 8 <= end;) {
    const sizeBytes = Math.max(8, bytes.readUInt32BE(at))
    const type = bytes.toString('latin1', at + 4, at + 8)
    if (types.includes(type)) found.push({ at, sizeBytes })
    if (CONTAINERS.includes(type)) found.push(...boxes(bytes, types, at + 8, at + sizeBytes))
    // Behind the count comes one visual sample entry, whose boxes begin after 86 bytes (ISO/IEC 14496-12 §12.1.3).
    if (type === 'stsd') found.push(...boxes(bytes, types, at + 16 + 86, at + sizeBytes))
    at += sizeBytes
  }
  return found
}
