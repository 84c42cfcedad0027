import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DialectName } from '../../server/planner/quick-add/dialects.ts'

/** One line of the corpus, which its README describes. */
export interface Case {
  /** Where it stands: file and line. */
  readonly at: string
  readonly text: string
  readonly title: string
  /** What must be taken out, in order. */
  readonly taken: readonly string[]
  readonly fields: Readonly<Record<string, string>>
  readonly dialect: DialectName
  readonly timeZone: string
  readonly locale: string
  readonly now: Date
  readonly people: readonly string[]
}

const FOLDER = join(import.meta.dirname, '../../server/planner/quick-add/corpus')
const HIDDEN: Readonly<Record<string, string>> = { '␠': ' ', '⏎': '\n', '⇥': '\t' }

/** Every line of every file, in order. */
export function corpus(): Case[] {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'))
  return files.toSorted().flatMap((name) => casesOf(name, readFileSync(join(FOLDER, name), 'utf8')))
}

function casesOf(name: string, text: string): Case[] {
  let setting: Readonly<Record<string, string>> = {}
  return text.split('\n').flatMap((line, index) => {
    if (line.startsWith('%%')) setting = pairs(line.slice(2).trim().split(' '))
    if (line.startsWith('%%') || line.startsWith('//') || line === '') return []
    const cut = line.lastIndexOf('⇒')
    if (cut === -1) throw new Error(`${name}:${index + 1} has no ⇒`)
    const marked = line
      .slice(0, cut)
      .replace(/ $/, '')
      .replaceAll(/[␠⏎⇥]/g, (sign) => HIDDEN[sign] ?? sign)
    const { title = plain(marked.replaceAll(/⟦[^⟧]*⟧/g, ' ')), ...fields } = pairs(
      line
        .slice(cut + 1)
        .trim()
        .split(' | '),
    )
    return [
      {
        at: `${name}:${index + 1}`,
        text: marked.replaceAll(/[⟦⟧]/g, ''),
        title,
        taken: [...marked.matchAll(/⟦([^⟧]*)⟧/g)].map((match) => match[1] ?? ''),
        fields,
        dialect: setting['dialect'] === 'vikunja' ? 'vikunja' : 'todoist',
        timeZone: setting['zone'] ?? 'UTC',
        locale: setting['locale'] ?? 'en-US',
        now: new Date(setting['now'] ?? Number.NaN),
        people: (setting['people'] ?? '').split(',').map((person) => person.replace('_', ' ')),
      },
    ]
  })
}

const plain = (text: string) => text.replaceAll(/\s+/g, ' ').trim()

function pairs(parts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    parts
      .filter((part) => part !== '')
      .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
  )
}
