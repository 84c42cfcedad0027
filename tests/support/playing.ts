import { run } from '#platform/process/run.ts'
import type { Fetch } from './hls-rules.ts'

/** Fetches below the folder of a master playlist over HTTP, without identity, as a player would. */
export function fetchBelow(hlsUrl: string): Fetch {
  return async (path) => {
    const reply = await fetch(new URL(path, hlsUrl))
    if (reply.status !== 200) throw new Error(`${path}: ${reply.status}`)
    const bytes = Buffer.from(await reply.arrayBuffer())
    return { bytes, headers: Object.fromEntries(reply.headers), wasRedirected: reply.redirected }
  }
}

/** Frames of a rung's media playlist as ffprobe finds them over HTTP. */
export async function framesOver(url: string): Promise<number> {
  const asked = ['-select_streams', 'v:0', '-count_packets', '-show_entries', 'stream=nb_read_packets']
  const args = ['-v', 'error', ...asked, '-of', 'default=nw=1:nk=1', url]
  const { stdout, stderr } = await run('ffprobe', args, { cwd: '/', timeoutMs: 60_000 })
  if (stderr !== '') throw new Error(`ffprobe ${url}: ${stderr}`)
  // once for the program that HLS makes of it, once for the stream
  return Number(stdout.toString().split('\n')[0])
}

/** Width and height of a baseline JPEG, from its frame header (ITU-T T.81 B.2.2). @throws Error when it is none */
export function jpegSize(bytes: Buffer): { readonly width: number; readonly height: number } {
  if (bytes.readUInt16BE(0) !== 0xffd8) throw new Error('not a JPEG')
  for (let at = 2; at + 9 < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    if (bytes.readUInt8(at) !== 0xff) throw new Error('a JPEG without markers')
    const marker = bytes.readUInt8(at + 1)
    if (marker === 0xc0 || marker === 0xc2) {
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) }
    }
  }
  throw new Error('a JPEG without a frame')
}
