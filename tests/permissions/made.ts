import type { Actor, Actors } from './actors.ts'
import type { Things } from './things.ts'

/** A call of an operation, on things of the workspace that are really there. */
export interface Made {
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Whose credential it is made with, where it is not the actor's of this workspace. */
  readonly token?: string | null
  /** With a session of the actor's instead of a key; `of` says whose where it is not the actor's of this workspace. */
  readonly session?: true | { readonly of: Actors }
  /** What the answer holds when it tells of the workspace. */
  readonly tells?: string
  /** The problem with which the call is refused for a reason of its own once it is allowed, though its status says less. */
  readonly problem?: string
}

/** Makes the call for an actor. */
export type Make = (things: Things, actor: Actor) => Made | Promise<Made>
