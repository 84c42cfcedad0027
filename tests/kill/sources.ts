import { makeMedia } from '#tests/support/media.ts'
import { type Source, sourceOf } from './client.ts'

const ENCODER = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '34', '-g', '77']

function picture(rate: string, seconds: number): string[] {
  return ['-f', 'lavfi', '-i', `testsrc2=s=256x144:r=${rate}:d=${seconds},noise=alls=20:allf=t,format=yuv420p`]
}

/**
 * A small video with sound. It has three chunks, the fewest of a video that has several, from 25 seconds on. `rate`:
 * frames a second.
 */
export async function soundSource(seconds: number, rate = 15): Promise<Source> {
  const sound = ['-f', 'lavfi', '-i', `sine=frequency=330:sample_rate=44100:duration=${seconds}`]
  const args = [...picture(String(rate), seconds), ...sound, ...ENCODER, '-c:a', 'aac', '-b:a', '96k']
  return sourceOf('sound.mp4', await makeMedia(`kill-sound-${seconds}-${rate}.mp4`, args))
}

/** Small videos of more than a minute: three chunks each. One with sound, one without at a broken rate. */
export async function killSources(): Promise<Source[]> {
  const silent = await makeMedia('kill-silent.mkv', [...picture('15000/1001', 73), ...ENCODER])
  return [await soundSource(73), sourceOf('silent.mkv', silent)]
}
