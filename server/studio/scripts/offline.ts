import { FRAMES } from './frames.ts'
import { directionOf, languageOf } from './language.ts'
import { linesOf } from './lines.ts'
import type { LineRole, Script, ScriptLine, ScriptRequest } from './schema.ts'
import { shortened, spokenText } from './text.ts'

const TITLE_LENGTH = 80
/** Ideas up to this length get every question of the frame, those from the second on the first alone. */
const SHORT_IDEA = 160
const LONG_IDEA = 600

/**
 * Writes a film in words without a language model: it tells what the user gave, and nothing else. A script is narrated as
 * it is. A bare idea gets a frame in its own language, or none where we have no words.
 */
export function writeOffline({ title, idea, script }: ScriptRequest): Script {
  const words = idea ?? script ?? ''
  const language = languageOf(words)
  const frame = idea === null ? undefined : FRAMES.get(language)
  const isQuestion = /[?？؟]["'”»)\s]*$/u.test(words)
  const paragraphs = words.split('\n').filter((paragraph) => paragraph !== '')
  const told = paragraphs.flatMap((paragraph, index) =>
    linesOf(paragraph, language === 'und' ? 'en' : language).map(({ text, continues }) =>
      line('words', text, index + 1, continues),
    ),
  )
  const asks = frame?.asks.slice(0, words.length <= SHORT_IDEA ? 3 : words.length >= LONG_IDEA ? 1 : 2) ?? []
  const last = paragraphs.length + 1
  return {
    title: title === null || title === '' ? titleOf(told) : title,
    language,
    direction: directionOf(language),
    eyebrow: frame === undefined ? null : isQuestion ? frame.question : frame.thought,
    farewell: frame?.farewell ?? null,
    lines: [
      ...(frame === undefined ? [] : [line('opening', isQuestion ? frame.openQuestion : frame.openThought, 0)]),
      ...told,
      ...asks.map((text, index) => line('ask', text, last + index)),
      ...(frame === undefined ? [] : [line('invitation', frame.invitation, last + asks.length)]),
    ],
  }
}

function line(role: LineRole, text: string, paragraph: number, continues = false): ScriptLine {
  return { role, text, spoken: spokenText(text), paragraph, continues }
}

/** A title of the first sentence, without its full stop. */
function titleOf(told: readonly ScriptLine[]): string {
  const end = told.findIndex(({ continues }, index) => index > 0 && !continues)
  const sentence = told.slice(0, end < 0 ? told.length : end).map(({ text }) => text)
  return shortened(sentence.join(' ').replace(/[.。．,;:]+$/u, ''), TITLE_LENGTH)
}
