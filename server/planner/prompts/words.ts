/** The words of a text in lower case: runs of letters, marks and digits. */
export const wordsIn = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []

/** Words of `text` that stand in none of `kept`. */
export function wordsLost(text: string, kept: readonly string[]): string[] {
  const there = new Set(kept.flatMap(wordsIn))
  return wordsIn(text).filter((word) => !there.has(word))
}
