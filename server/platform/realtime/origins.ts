/**
 * Whether a page of this origin may open a live connection. A program sends no `Origin`. A page proves itself by a ticket,
 * which a page elsewhere may have been handed by mistake: only our own origin and configured ones are taken.
 */
export function mayOpen(origin: string | undefined, allowed: readonly string[]): boolean {
  return origin === undefined || allowed.includes(origin)
}
