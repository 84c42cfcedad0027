import { problem } from '#kernel/errors.ts'
import { newId } from '#kernel/ids.ts'
import type { Ctx } from '#platform/context.ts'
import { record } from '../audit/service.ts'
import { isRole } from '../workspaces/roles.ts'
import { mayGive } from '../workspaces/policy.ts'
import { serviceCreated } from './actions.ts'
import { commons, insertService, serviceCount } from './queries.ts'
import type { NewService, Service } from './schema.ts'
import { BeyondOwnRights, personOf } from './service.ts'

export const TooManyServices = problem(
  'api-keys/too-many-service-accounts',
  409,
  'These are more service accounts than a workspace has',
)

const SERVICES_MAX = 100

/**
 * A member of the workspace without a person behind it, which acts by keys alone. It has nothing of its own: it may what
 * its role gives, and ends when it is removed from the members.
 * @throws BeyondOwnRights for a role above the caller's own
 * @throws TooManyServices
 */
export async function createService(ctx: Ctx, workspaceId: string, { name, role }: NewService): Promise<Service> {
  const actor = personOf(ctx)
  const mine = actor.role
  if (!isRole(mine) || !mayGive(mine, role)) throw BeyondOwnRights({ detail: `It would be ${role}.` })
  const id = newId<'User'>()
  return commons.write(ctx, async (tx) => {
    const { count } = await serviceCount(tx, workspaceId).executeTakeFirstOrThrow()
    if (count >= SERVICES_MAX) throw TooManyServices({ detail: `There are ${count} already.` })
    await insertService(tx, { id, workspaceId, name, role })
    await record(tx, ctx, serviceCreated, { of: workspaceId, targetId: id, after: { name, role } })
    return { userId: id, name, role }
  })
}
