import { fitLetter } from './fitted.ts'
import { htmlPart } from './html-part.ts'
import type { Letter } from './letter.ts'
import { textPart } from './text-part.ts'

/** What a mail says, in both forms. */
export interface ComposedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

/** Makes both parts of a mail from one letter. Pure: the same letter gives the same mail. */
export function compose(letter: Letter, publicUrl: string): ComposedMail {
  const fitted = fitLetter(letter, publicUrl)
  return { subject: fitted.subject, text: textPart(fitted), html: htmlPart(fitted) }
}
