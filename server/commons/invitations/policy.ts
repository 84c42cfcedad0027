import { mayGive } from '../workspaces/policy.ts'
import type { Role } from '../workspaces/roles.ts'

/** What a policy needs to know of who accepts an invitation, and of who sent it. */
export interface Acceptance {
  readonly invited: { readonly email: string; readonly role: Role }
  readonly account: { readonly email: string; readonly emailVerified: boolean; readonly isService: boolean }
  /** What the inviter is in the workspace now; null for who is not in it any more. */
  readonly inviterRole: Role | null
}

/** Why an invitation does not let in who brings it; null when it does. */
export function refusalOf({ invited, account, inviterRole }: Acceptance): 'withdrawn' | 'of-another' | null {
  // What somebody gave who may not give it any more is not given.
  if (inviterRole === null || !mayGive(inviterRole, invited.role)) return 'withdrawn'
  const isSame = account.email.toLowerCase() === invited.email.toLowerCase()
  return isSame && account.emailVerified && !account.isService ? null : 'of-another'
}
