import { assertNever } from '#kernel/assert.ts'
import type { FittedBlock, FittedLetter } from './fitted.ts'

/** What mail programs and terminals show without wrapping. */
const WIDTH = 72

/** The mail for those who read plain text: lines of at most 72 characters, links alone on theirs and never broken. */
export function textPart(letter: FittedLetter): string {
  const { title, blocks, why, publicUrl } = letter
  const heading = [wrapped(title), '='.repeat(Math.min(WIDTH, [...title].length))].join('\n')
  return `${[heading, ...blocks.map(blockText), ['-- ', wrapped(why), `Airdate, ${publicUrl}`].join('\n')].join('\n\n')}\n`
}

function blockText(block: FittedBlock): string {
  switch (block.kind) {
    case 'paragraph':
    case 'note':
      return wrapped(block.text)
    case 'action':
      return block.href === null ? wrapped(block.label) : `${wrapped(`${block.label}:`)}\n${block.href}`
    case 'facts':
      return factLines(block.facts)
    default:
      return assertNever(block)
  }
}

function factLines(facts: readonly { readonly name: string; readonly value: string }[]): string {
  const width = Math.max(0, ...facts.map(({ name }) => name.length)) + 2
  return facts.map(({ name, value }) => wrapped(`${`${name}:`.padEnd(width)}${value}`, ' '.repeat(width))).join('\n')
}

/** Breaks at spaces; a word that is longer than a line keeps its line to itself. Further lines begin with `indent`. */
function wrapped(text: string, indent = ''): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || [...longer].length <= WIDTH) line = longer
    else {
      lines.push(line.trimEnd())
      line = `${indent}${word}`
    }
  }
  return [...lines, line.trimEnd()].join('\n')
}
