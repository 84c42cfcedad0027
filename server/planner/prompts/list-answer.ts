import { minutesSaid, prioritySaid } from './amounts.ts'
import type { RawAnswer, RawStep } from './plan.ts'

/** A line with what marks it as the beginning of a step. */
interface Line {
  readonly text: string
  readonly kind: 'number' | 'heading' | 'bold' | 'bullet' | 'field' | 'plain' | 'blank'
  /** In characters, a tab counts four. */
  readonly indent: number
  /** The line without its mark. */
  readonly body: string
}

const MARKS: readonly (readonly [Line['kind'], RegExp])[] = [
  [
    'field',
    /^(?:[-*•+]\s+)?(?:\*\*|__|_|\*)?(?:what to do|what|description|details|instructions|how(?: to)?|time(?: estimate| needed)?|estimated time|estimate|duration|priority|urgency)(?:\*\*|__|_|\*)?\s*(?:\([^)]*\))?\s*[:：](?:\*\*|__|_|\*)?\s*(.*)$/iu,
  ],
  [
    'number',
    /^(?:[*_]{1,2}|#{1,6}\s+(?:[*_]{1,2})?)?(?:step|task|schritt)?\s*#?\d{1,3}\s*(?:[.):：]|[-–—](?=\s))\s*(.*)$/iu,
  ],
  ['heading', /^#{2,6}\s+(.*)$/u],
  ['bullet', /^(?:[-*•+▪◦–]\s+(?:\[[ xX]?\]\s*)?|\[[ xX]?\]\s+|[☐□✅✔]\uFE0F?\s*)(.*)$/u],
  ['bold', /^(?:\*\*|__)(?=\S)(.*)$/u],
]

function lineOf(text: string): Line {
  const bare = text.trim()
  const indent = (/^\s*/.exec(text)?.[0] ?? '').replaceAll('\t', '    ').length
  if (bare === '' || /^(?:```|~~~)\w*$|^[-*_=]{3,}$/.test(bare))
    return { text, kind: 'blank', indent, body: bare.replace(/^(?:```|~~~)/, '') }
  for (const [kind, pattern] of MARKS) {
    const found = pattern.exec(bare)
    if (found !== null) return { text, kind, indent, body: kind === 'bold' ? bare : (found[1] ?? '').trim() }
  }
  return { text, kind: 'plain', indent, body: bare }
}

const KINDS = ['number', 'heading', 'bold', 'bullet'] as const

/** Reads a list of any kind, or prose: then each line, or each sentence of a single one, is a step. */
export function readList(text: string): RawAnswer & { readonly isList: boolean } {
  const lines = text.split(/\r\n|[\r\n\u2028\u2029]/).map(lineOf)
  const kind = KINDS.find((each) => countOf(lines, each) >= (each === 'number' ? 1 : 2))
  if (kind === undefined) return { isList: false, ...prose(lines) }
  const indent = Math.min(...lines.filter((line) => line.kind === kind).map((line) => line.indent))
  const firsts = lines.flatMap((line, n) =>
    line.kind === kind && line.indent <= indent + 1 && !isFieldOnly(line) ? [n] : [],
  )
  const [first = lines.length] = firsts
  const closing = closingOf(lines, firsts.at(-1) ?? 0)
  const blocks = firsts.map((at, n) => lines.slice(at, firsts[n + 1] ?? closing))
  const intro = lines.slice(0, first).filter((line) => line.kind !== 'blank')
  const named =
    intro.find((line) => /^\s*#{1,6}\s/.test(line.text)) ??
    intro.find((line) => /^(?:\*\*|__)[^*_]+(?:\*\*|__):?$/.test(line.text.trim()))
  return {
    isList: true,
    title: named === undefined ? null : plain(named.text.replace(/^\s*#{1,6}\s*/, '')),
    notes: [...intro.filter((line) => line !== named), ...lines.slice(closing)].map(({ text: said }) => said.trim()),
    steps: blocks.map(stepOf),
    words: lines.map((line, n) => (firsts.includes(n) ? line.body : line.text)).join('\n'),
  }
}

const countOf = (lines: readonly Line[], kind: Line['kind']): number =>
  lines.filter((line) => line.kind === kind && !isFieldOnly(line)).length

const isFieldOnly = ({ body }: Line): boolean => /^(?:notes?|tips?|total|summary)\b/i.test(plain(body))

/** Where the last step ends and what closes the answer begins: a paragraph after a blank line that is not indented. */
function closingOf(lines: readonly Line[], last: number): number {
  for (let n = last + 1; n < lines.length; n += 1) {
    const [line, before] = [lines[n], lines[n - 1]]
    const indent = lines[last]?.indent ?? 0
    if (
      before?.kind === 'blank' &&
      line !== undefined &&
      line.indent <= indent &&
      (line.kind === 'plain' || line.kind === 'heading' || (line.kind === 'bold' && !/[:：]/.test(line.text)))
    )
      return n
  }
  return lines.length
}

const BOLD_START = /^(?:\*\*|__)(.+?)(?:\*\*|__)\s*[:：–—-]?\s*(.*)$/u

function stepOf(block: readonly Line[]): RawStep {
  const [head, ...rest] = block
  const body = head?.body ?? ''
  // "1. **Clear the desk** – take the cups out"; a number within the bold leaves one pair open.
  const opened = /^[^*_]+(?:\*\*|__)/.test(body) && /^\W*(?:\*\*|__)/.test(head?.text.trim() ?? '') ? `**${body}` : body
  const bold = BOLD_START.exec(opened)
  const title = plain(bold?.[1] ?? opened)
  const beside = bold === null ? '' : plain(bold[2] ?? '')
  const lines = rest.filter((line) => line.kind !== 'blank' || /[\p{L}\p{N}]/u.test(line.body))
  const notes = [beside, ...lines.map(({ text }) => plain(text.trim()))].filter((line) => line !== '')
  const field = (names: RegExp): string | null => {
    const line = lines.find(({ text }) => names.test(text))
    return line === undefined ? null : line.body
  }
  const time = field(/^\W*(?:time|estimated|estimate|duration)/i)
  const priority = field(/^\W*(?:priority|urgency)/i)
  const marks = marksOf(`${title} ${beside}`.slice(0, MARKS_REACH))
  return {
    title: title === '' ? (notes[0] ?? '') : title,
    notes: title === '' ? notes.slice(1) : notes,
    minutes:
      time === null ? (firstRead(marks, (mark) => minutesSaid(mark)) ?? minutesSaid(beside)) : minutesSaid(time, true),
    priority:
      priority === null
        ? firstRead(marks, (mark) =>
            /^\W*(?:low|medium|high|urgent|critical|p[1-5])\b|priority/i.test(mark) ? prioritySaid(mark) : null,
          )
        : prioritySaid(priority),
  }
}

/** Marks of length and urgency stand near the beginning. */
const MARKS_REACH = 400

/** What stands in brackets or behind a dash, cut at commas: "(5 min, high)". */
function marksOf(text: string): string[] {
  const bracketed = [...text.matchAll(/[([]([^()[\]]*)[)\]]/g)].map((mark) => mark[1] ?? '')
  const behind = text
    .replaceAll(/[([][^()[\]]*[)\]]/g, '')
    .split(/\s[-–—|]\s/)
    .slice(1)
  return [...bracketed, ...behind].flatMap((mark) => mark.split(/[,;|/]/))
}

function firstRead<T>(texts: readonly string[], read: (text: string) => T | null): T | null {
  for (const text of texts) {
    const found = read(text)
    if (found !== null) return found
  }
  return null
}

/** Without the marks of emphasis. */
const plain = (text: string): string =>
  text.replaceAll(/\*\*|__|(?<![\p{L}\p{N}])[*_](?=\S)|(?<=\S)[*_](?![\p{L}\p{N}])|`/gu, '').trim()

const LEAD =
  /^(?:sure|here|okay|ok|great|absolutely|certainly|of course|hope|let me|good luck|you'?ve got|you can do)\b/i

/** Prose: each line is a step, of one line each sentence. Greetings and what leads over with a colon are none. */
function prose(lines: readonly Line[]): RawAnswer {
  const said = lines.filter((line) => line.kind !== 'blank').map(({ text }) => text.trim())
  const parts = said.length > 1 ? said : (said[0] ?? '').split(/(?<=[.!?…])\s+(?=\S)/u)
  const isStep = (part: string): boolean => /[\p{L}\p{N}]/u.test(part) && !LEAD.test(part) && !/[:：?]$/.test(part)
  return {
    title: null,
    notes: parts.filter((part) => !isStep(part)),
    steps: parts
      .filter(isStep)
      .map((part) => ({ title: plain(part), notes: [], minutes: minutesSaid(part), priority: null })),
  }
}
