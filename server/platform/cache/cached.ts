import type { Static, TSchema } from 'typebox'
import { invariant } from '#kernel/assert.ts'
import { type Ctx, type SystemActor, scopeOfActor } from '../context.ts'
import { type Writing, changesOf } from '../database/database.ts'
import { anonymousScope } from '../database/scope.ts'
import { type CacheLimits, type KeyPart, assertTag, questionOf, specOf } from './spec.ts'

/** A cache as data. `Key` is what its values are asked for by. */
export interface CacheDefinition<Key extends readonly KeyPart[], S extends TSchema> extends CacheLimits {
  /**
   * Whose values they are. `everyone`: computed in nobody's name, so that nothing enters that not everyone may see.
   * `workspace`: kept apart for each workspace and computed in its name, seeing nothing that is private to a person.
   */
  readonly whose: 'everyone' | 'workspace'
  readonly value: S
  /** What a value is computed from: `invalidates` names the same. */
  readonly tags: (...key: Key) => readonly string[]
  /** Computes a value. `ctx` is not the asker's, but that of whoever the value belongs to. What it throws is not kept. */
  readonly load: (ctx: Ctx, ...key: Key) => Promise<Static<S>>
}

/** A read through a cache: `read(ctx, …key)`. What it answers with is shared and frozen. */
export type CachedRead<Key extends readonly KeyPart[], S extends TSchema> = (
  ctx: Ctx,
  ...key: Key
) => Promise<Static<S>>

/**
 * Makes the read of a cache. It answers with what `load` would, and after the change of a tag was committed and told with
 * nothing older. Inside of a transaction that others join it computes: what is seen there is not yet true for others.
 */
export function cached<const Key extends readonly KeyPart[], S extends TSchema>(
  definition: CacheDefinition<Key, S>,
): CachedRead<Key, S> {
  const spec = specOf(definition)
  return async (ctx, ...key) => {
    const owner = ownerOf(definition, ctx)
    const question = questionOf(spec, owner?.workspaceId ?? 'everyone', key, definition.tags(...key))
    if (ctx.database.isJoined) return ctx.cache.bypass(question, () => definition.load(ctx, ...key))
    return ctx.cache.read(question, () => definition.load(inTheNameOf(owner, ctx), ...key))
  }
}

/** null: everyone. */
function ownerOf({ name, whose }: { name: string; whose: 'everyone' | 'workspace' }, ctx: Ctx): SystemActor | null {
  if (whose === 'everyone') return null
  const workspaceId = ctx.scope.role === 'app' ? ctx.scope.workspaceId : null
  invariant(workspaceId !== null, `${name}: only a workspace can ask`)
  return { kind: 'system', name: `cache ${name}`, workspaceId }
}

function inTheNameOf(owner: SystemActor | null, ctx: Ctx): Ctx {
  return owner === null
    ? { ...ctx, actor: { kind: 'anonymous' }, scope: anonymousScope }
    : { ...ctx, actor: owner, scope: scopeOfActor(owner) }
}

/**
 * Says in the transaction that changes something what it is. When the transaction is over, before whoever awaits it goes
 * on, no process that shares the cache is served what was computed before. A transaction that fails changes nothing.
 */
export function invalidates(tx: Writing, ...tags: readonly string[]): void {
  const changes = changesOf(tx)
  for (const tag of tags) {
    assertTag(tag)
    changes.add(tag)
  }
}
