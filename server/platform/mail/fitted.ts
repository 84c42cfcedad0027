import { assertNever } from '#kernel/assert.ts'
import { oneLine } from './address.ts'
import { type Block, type Facts, type Letter, type Note, type Paragraph, allowedLink } from './letter.ts'

/** A letter in which every text is one bounded line and every link one that may be shown. */
export interface FittedLetter extends Omit<Letter, 'blocks'> {
  readonly blocks: readonly FittedBlock[]
  readonly publicUrl: string
}

/** An action whose link may not be shown has none: `href` is null. */
export type FittedBlock = Paragraph | Facts | Note | FittedAction

export interface FittedAction {
  readonly kind: 'action'
  readonly label: string
  readonly href: string | null
}

const SUBJECT_MAX = 150
const TEXT_MAX = 2000
const LABEL_MAX = 60
const BLOCKS_MAX = 30

/** Bounds every text, and takes away links that may not be shown. */
export function fitLetter(letter: Letter, publicUrl: string): FittedLetter {
  return {
    subject: oneLine(letter.subject, SUBJECT_MAX),
    preheader: oneLine(letter.preheader, SUBJECT_MAX),
    title: oneLine(letter.title, SUBJECT_MAX),
    why: oneLine(letter.why, TEXT_MAX),
    blocks: letter.blocks.slice(0, BLOCKS_MAX).map((block) => fit(block, publicUrl)),
    publicUrl,
  }
}

function fit(block: Block, publicUrl: string): FittedBlock {
  switch (block.kind) {
    case 'paragraph':
    case 'note':
      return { kind: block.kind, text: oneLine(block.text, TEXT_MAX) }
    case 'action':
      return { kind: 'action', label: oneLine(block.label, LABEL_MAX), href: allowedLink(block.url, publicUrl) }
    case 'facts': {
      const facts = block.facts.map(({ name, value }) => ({
        name: oneLine(name, LABEL_MAX),
        value: oneLine(value, SUBJECT_MAX),
      }))
      return { kind: 'facts', facts: facts.slice(0, BLOCKS_MAX) }
    }
    default:
      return assertNever(block)
  }
}
