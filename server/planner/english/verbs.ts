// Verbs whose past participle is not made by rule.
const IRREGULAR = new Map(
  `be been, begin begun, bind bound, bleed bled, lend lent, overthrow overthrown, bite bitten, bring brought, build built, buy bought, catch caught, choose chosen,
  come come, cut cut, dig dug, do done, draw drawn, drink drunk, drive driven, eat eaten, feed fed, feel felt, find found,
  fly flown, forgive forgiven, freeze frozen, get got, give given, go gone, grow grown, hang hung, have had, hear heard,
  hide hidden, hold held, keep kept, know known, lay laid, lead led, learn learned, leave left, lend lent, let let,
  light lit, lose lost, make made, mean meant, meet met, pay paid, put put, quit quit, read read, rerun rerun,
  retell retold, rewrite rewritten, ride ridden, ring rung, rise risen, run run, say said, see seen, sell sold, send sent,
  set set, sew sewn, shake shaken, shoot shot, show shown, shut shut, sing sung, sit sat, sleep slept, speak spoken,
  spend spent, split split, spread spread, stand stood, stick stuck, sweep swept, swim swum, take taken, teach taught,
  tear torn, tell told, think thought, throw thrown, understand understood, undo undone, wake woken, wear worn, win won,
  withdraw withdrawn, write written, redo redone, resell resold, proofread proofread, reset reset, upset upset,
  weave woven, wind wound, wring wrung, overcome overcome, input input, mow mown, prove proven, slit slit, swing swung,
  undertake undertaken, agree agreed, free freed, dye dyed, picnic picnicked, mimic mimicked, panic panicked`
    .split(',')
    .map((pair) => pair.trim().split(' ') as [string, string]),
)
// Verbs of more than one syllable that double their last letter all the same.
const DOUBLING = new Set([
  'begin',
  'commit',
  'refer',
  'prefer',
  'submit',
  'permit',
  'admit',
  'occur',
  'transfer',
  'unplug',
  'rerun',
  'unzip',
  'rewrap',
  'format',
  'reformat',
  'program',
])

/** The past participle of an English verb in lower case: `write` → `written`, `tidy` → `tidied`, `plan` → `planned`. */
export function participleOf(verb: string): string {
  const irregular = IRREGULAR.get(verb)
  if (irregular !== undefined) return irregular
  if (verb.endsWith('e')) return `${verb}d`
  if (/[^aeiou]y$/.test(verb)) return `${verb.slice(0, -1)}ied`
  const closed =
    /[^aeiou][aeiou][bdgklmnprtvz]$/.test(verb) || /^[aeiou][dgmnpt]$/.test(verb) || /qu[aeiou][tpz]$/.test(verb)
  const syllables = verb.match(/[aeiouy]+/g)?.length ?? 0
  return closed && (syllables === 1 || DOUBLING.has(verb)) ? `${verb}${verb.at(-1)}ed` : `${verb}ed`
}
