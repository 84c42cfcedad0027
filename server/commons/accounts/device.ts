import { networkOf } from '#platform/http/client-address.ts'

/** From where and with what somebody comes, as far as it is known. */
export interface Circumstances {
  /** In its one spelling. */
  readonly address: string | null
  readonly userAgent: string | null
}

/**
 * Whether somebody comes as they came before: from the same network, with a program that calls itself the same but for
 * its version, both at once. Who never came is known: there is nobody yet who could be surprised.
 */
export function isKnown(before: readonly Circumstances[], now: Circumstances): boolean {
  const mark = markOf(now)
  return before.length === 0 || before.some((earlier) => markOf(earlier) === mark)
}

function markOf({ address, userAgent }: Circumstances): string {
  // Browsers are renewed every few weeks, systems every few months: what stays is what they are.
  const program = userAgent?.replaceAll(/\d+(?:[._]\d+)*/g, '') ?? ''
  return `${address === null ? '' : networkOf(address)} ${program}`
}
