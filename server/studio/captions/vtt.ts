import { type Cue, textOf } from './cues.ts'

/** The cues as WebVTT (W3C, 2019). Whatever stands in the text is text: `&`, `<` and `>` are escaped. */
export function vttOf(cues: readonly Cue[], language: string): string {
  const blocks = cues.map(({ startMs, endMs, lines }, index) => {
    const text = lines.map((line) => escaped(textOf(line))).join('\n')
    return `${index + 1}\n${timeOf(startMs)} --> ${timeOf(endMs)}\n${text}\n`
  })
  return [`WEBVTT\nLanguage: ${language}\n`, ...blocks].join('\n')
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function timeOf(ms: number): string {
  const part = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0')
  return `${part(ms / 3_600_000, 2)}:${part((ms / 60_000) % 60, 2)}:${part((ms / 1000) % 60, 2)}.${part(ms % 1000, 3)}`
}
