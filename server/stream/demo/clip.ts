import { MINUTE_MS } from '#kernel/clock.ts'
import { run } from '#platform/process/run.ts'

/** Names in the working folder: relative, so that no path of the machine has to be escaped for a filter. */
export const TITLE_NAME = 'title.txt'
export const CLIP_NAME = 'clip.mp4'

const SECONDS = 12
const WIDTH = 1280
const HEIGHT = 720

/** Three slow voices of an A major chord, a pulse each second, the two ears a little apart. */
const ear = (detune: number, phase: number): string =>
  [
    `0.10*sin(2*PI*${220 + detune}*t)*(0.6+0.4*sin(2*PI*0.25*t))`,
    `0.08*sin(2*PI*${277.18 + detune}*t)*(0.6+0.4*sin(2*PI*0.2*t+${phase}))`,
    `0.08*sin(2*PI*${329.63 + detune}*t)`,
    '0.25*sin(2*PI*(90+60*exp(-18*mod(t,1)))*t)*exp(-7*mod(t,1))',
  ].join('+')

/** Breaks a title into lines of about 30 characters, at most four. */
export function titleLines(title: string): string[] {
  const words = title.replaceAll(/\s+/g, ' ').trim().slice(0, 120).split(' ')
  const lines = ['']
  for (const word of words) {
    const line = lines.at(-1) ?? ''
    if (line !== '' && line.length + word.length > 30 && lines.length < 4) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  return lines
}

/**
 * Makes `clip.mp4` in `workFolder`: 12 s that are worth a look by themselves, with moving colours, a burnt clock, a bar,
 * and a soft sound. The title (see `titleLines`) stands in `title.txt` there; its text is no part of any argument.
 * @throws Error when FFmpeg cannot make it, with its last words
 */
export async function makeClip(workFolder: string, lines: readonly string[]): Promise<void> {
  const longestLine = Math.max(...lines.map((line) => line.length))
  const result = await run('ffmpeg', clipArgs(longestLine), { cwd: workFolder, timeoutMs: 5 * MINUTE_MS })
  if (result.exitCode !== 0) throw new Error(`The demo clip could not be made: ${result.stderr.slice(-500)}`)
}

function clipArgs(longestLine: number): string[] {
  const size = `s=${WIDTH}x${HEIGHT}:r=30:d=${SECONDS}`
  const colours = `gradients=${size}:c0=0x101A3F:c1=0x7A2E8E:c2=0xE2557A:c3=0xF6A65A:n=4:speed=0.008:type=linear:seed=11`
  const sound = `aevalsrc=exprs='${ear(0, 1)}|${ear(0.7, 2)}':s=48000:d=${SECONDS}`
  const fontSize = Math.min(64, Math.floor((WIDTH * 0.86) / Math.max(12, longestLine * 0.62)))
  const title = [
    `drawtext=font=DejaVu Sans\\:bold:textfile=${TITLE_NAME}:expansion=none:fontsize=${fontSize}:line_spacing=14`,
    'fontcolor=white:shadowcolor=black@0.35:shadowx=0:shadowy=3:x=(w-tw)/2:y=h*0.42-th/2',
  ].join(':')
  const clock =
    "drawtext=font=DejaVu Sans Mono:text='%{pts\\:hms}':fontsize=40:fontcolor=white@0.85:x=(w-tw)/2:y=h*0.68"
  const bar = `color=white@0.9:s=${WIDTH}x8:r=30:d=${SECONDS}[bar]`
  const picture = `[0:v]vignette=PI/5,drawbox=x=0:y=ih-8:w=iw:h=8:color=black@0.3:t=fill,${title},${clock}[picture]`
  const joined = `[picture][bar]overlay=x='-w+w*t/${SECONDS}':y=H-8:shortest=1,format=yuv420p[v]`
  return [
    ...['-nostdin', '-hide_banner', '-v', 'error', '-y'],
    ...['-f', 'lavfi', '-i', colours, '-f', 'lavfi', '-i', sound],
    ...['-filter_complex', `${bar};${picture};${joined}`, '-map', '[v]', '-map', '1:a', '-t', String(SECONDS)],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', '20', '-g', '60'],
    ...['-c:a', 'aac', '-b:a', '160k', '-af', `afade=t=in:d=0.2,afade=t=out:st=${SECONDS - 0.6}:d=0.6`],
    ...['-movflags', '+faststart', CLIP_NAME],
  ]
}
