import type { Found } from './fields.ts'

/** Words of urgency by what they mean, 4 the most urgent. What stands earlier in the list wins where spans meet. */
const WORDS: readonly { readonly value: 1 | 2 | 3 | 4; readonly says: RegExp; readonly confidence: number }[] = [
  {
    value: 1,
    confidence: 0.9,
    says: /\bnot? (?:so |that |very )?(?:urgent|important)\b|\bno (?:rush|hurry|stress)\b|\bnot in a hurry\b/gi,
  },
  { value: 1, confidence: 0.9, says: /\b(?:low(?:est)? prio(?:rity)?|prio(?:rity)? low|p4|nice to have)\b/gi },
  {
    value: 1,
    confidence: 0.7,
    says: /\b(?:some ?day|one day|some ?time|eventually|whenever|at some point|(?:if|when) (?:there is|theres|there's|i have|i get) (?:some |the )?(?:time|energy))\b/gi,
  },
  { value: 2, confidence: 0.8, says: /\bless (?:urgent|important)\b/gi },
  { value: 2, confidence: 0.8, says: /\b(?:medium|mid|middle|normal) prio(?:rity)?\b|\bp3\b/gi },
  { value: 2, confidence: 0.6, says: /\b(?:should probably|probably should|should really|ought to)\b/gi },
  {
    value: 4,
    confidence: 0.95,
    says: /\b(?:urgent(?:ly)?|asap|a\.s\.a\.p|critical|emergency|immediately|top prio(?:rity)?|highest prio(?:rity)?|right away|p1)\b|!{3,}/gi,
  },
  {
    value: 3,
    confidence: 0.9,
    says: /\b(?:high prio(?:rity)?|prio(?:rity)? high|(?:most |very |super |really )?important|crucial|vital|essential|p2|must not forget)\b/gi,
  },
  { value: 3, confidence: 0.6, says: /\breally (?:need|have|must|got)\b(?: to)?/gi },
  { value: 3, confidence: 0.5, says: /(?<!!)!!(?!!)/g },
  { value: 1, confidence: 0.5, says: /\bmaybe\b/gi },
]

/**
 * The urgency that words between two offsets speak of: 4 urgent, 3 important, 2 medium, 1 low or some day. Where several
 * are said the surest counts, of equally sure ones the most urgent. Null where nothing is said.
 */
export function priorityIn(text: string, from: number, to: number): Found<number> | null {
  const part = text.slice(from, to)
  const found: Found<number>[] = []
  for (const { value, says, confidence } of WORDS) {
    for (const match of part.matchAll(says)) {
      const [start, end] = [from + match.index, from + match.index + match[0].length]
      if (found.some((each) => start < each.end && each.start < end)) continue
      found.push({ value, start, end, confidence })
    }
  }
  return found.toSorted((a, b) => b.confidence - a.confidence || b.value - a.value)[0] ?? null
}
