import { setOf, singularOf, wordsOf } from '../english/words.ts'
import { participationOf, tagsOfFacet, type Champs, type Tag } from './vocabulary.ts'

// The word of each tag and the first synonyms that come to mind.
const KEYWORDS: Readonly<Record<Tag, string>> = {
  silent: 'silent silently quiet quietly alone',
  decision: 'decide decision choose pick select',
  communication: 'communicate call phone email tell send reply message',
  clarification: 'clarify ask question',
  collaboration: 'collaborate together with team',
  'save-progress': 'save backup commit export',
  verify: 'verify check test review',
  research: 'research search look find compare',
  organize: 'organize organise sort plan schedule list',
  configuration: 'configure set install settings update',
  write: 'write draft note fill',
  read: 'read study',
  create: 'create make build draw design film record',
  clean: 'clean wash wipe tidy vacuum',
  transfer: 'transfer move upload send bring carry',
  download: 'download',
  prepare: 'prepare pack charge',
  purchase: 'purchase buy order pay',
  stationary: 'stationary sit desk computer read write',
  move: 'move walk run carry',
  travel: 'travel drive go bus train',
  home: 'home kitchen bedroom bathroom garden',
  office: 'office meeting desk',
  place: 'place shop store library park',
}

/** Tags by words alone, without looking at what they mean where they stand: what the tagger has to beat. */
export function tagByKeywords(text: string, minutes: number): Champs {
  const words = new Set(wordsOf(text).flatMap(({ word }) => [word, singularOf(word)]))
  const of = <T extends Tag>(tags: readonly T[]): T[] =>
    tags.filter((tag) => [...setOf(KEYWORDS[tag])].some((word) => words.has(word))).slice(0, 2)
  return {
    conversation: of(tagsOfFacet.conversation),
    help: of(tagsOfFacet.help),
    activity: of(tagsOfFacet.activity),
    movement: of(tagsOfFacet.movement),
    participation: participationOf(minutes),
    success: text,
  }
}
