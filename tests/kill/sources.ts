import { makeMedia } from '#tests/support/media.ts'
import { type Source, sourceOf } from './client.ts'

/** Small videos of more than a minute: three chunks each. One with sound, one without at a broken rate. */
export async function killSources(): Promise<Source[]> {
  const picture = (rate: string, seconds: number): string[] => [
    ...['-f', 'lavfi', '-i', `testsrc2=s=256x144:r=${rate}:d=${seconds},noise=alls=20:allf=t,format=yuv420p`],
  ]
  const encoder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '34', '-g', '77']
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=330:sample_rate=44100:duration=73']
  return [
    sourceOf(
      'sound.mp4',
      await makeMedia('kill-sound.mp4', [...picture('15', 73), ...sound, ...encoder, '-c:a', 'aac', '-b:a', '96k']),
    ),
    sourceOf('silent.mkv', await makeMedia('kill-silent.mkv', [...picture('15000/1001', 73), ...encoder])),
  ]
}
