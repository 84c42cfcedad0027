import type { Subject } from './subject.ts'

/** The third person of a verb: `ask` → `asks`, `go` → `goes`, `have` → `has`. */
function third(verb: string): string {
  if (verb === 'have') return 'has'
  if (/(?:[sxz]|[cs]h|o)$/.test(verb)) return `${verb}es`
  return /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`
}

/**
 * Fills the words of a task into a text with places: `{the}`, `{full}`, `{noun}`, `{topic}`, `{about}` for what it is about, `{it}`,
 * `{its}`, `{is}`, `{has}` and `{does} verb` so that they agree with it.
 */
export function fill(text: string, subject: Subject, result = ''): string {
  const { plural } = subject
  const words: Readonly<Record<string, string>> = {
    the: subject.the,
    full: subject.full,
    noun: subject.noun,
    topic: subject.topic,
    about: subject.about,
    result,
    it: plural ? 'them' : 'it',
    its: plural ? 'their' : 'its',
    is: plural ? 'are' : 'is',
    has: plural ? 'have' : 'has',
    does: plural ? 'do' : 'does',
  }
  return text
    .replaceAll(/\{does\} (?!not\b|\{)(\w+)/g, (_, verb: string) => (plural ? verb : third(verb)))
    .replaceAll(/\{(\w+)\}/g, (place, name: string) => words[name] ?? place)
}
