import { newId } from '#kernel/ids.ts'
import type { Actor, UserActor } from '../context.ts'
import type { Message } from './messages.ts'

/** Why the server ends a connection. */
export type Ending = 'revoked' | 'slow' | 'restart' | 'flood' | 'nothing-left'

/** The wire of one client: a WebSocket or a stream of server-sent events. */
export interface Wire {
  /** Bytes that were handed over and that the system has not taken yet. */
  readonly waitingBytes: number
  /** Whether there is nothing to wait for without a topic. */
  readonly endsWhenEmpty: boolean
  send(message: Message): void
  /** Holds back what is sent until the turn of the event loop ends, so that many messages leave together. */
  gather(): void
  readonly isGathering: boolean
  /** Says why and ends; within two seconds also against a client that does not listen. */
  end(why: Ending): void
}

/** A topic as one connection hears it. */
export interface Subscription {
  readonly connection: Connection
  readonly topic: string
  /** Events up to here are not told: they were before, or the client has them. */
  readonly after: number
  /** While what happened before is read: what happens now waits here. */
  catchingUp: Message[] | null
}

/** What may be gathered in one turn, as a multiple of what may wait. */
const GATHERED = 8

/** Who listens, by which credential, to what. */
export class Connection {
  readonly id = newId<'Connection'>()
  readonly credentialId: string
  readonly subscriptions = new Map<string, Subscription>()
  /** The rooms in which it is seen. */
  readonly joined = new Set<string>()
  actor: UserActor
  readonly #wire: Wire
  readonly #reading: Reading
  #isEnded = false

  constructor(caller: Caller, wire: Wire, reading: Reading) {
    this.actor = caller.actor
    this.credentialId = caller.credentialId
    this.#wire = wire
    this.#reading = reading
  }

  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Hands a message over. Who does not read is ended: others wait for nobody. Returns whether it was handed over. */
  send(message: Message): boolean {
    if (this.#isEnded) return false
    // What is gathered could not leave yet: it says nothing of the reader.
    const { waitingMaxBytes } = this.#reading
    if (this.#isSlow(this.#wire.isGathering ? GATHERED * waitingMaxBytes : waitingMaxBytes)) return false
    this.#wire.send(message)
    return true
  }

  /** Many messages follow in this turn: they leave together. */
  gather(): void {
    if (this.#isEnded || this.#wire.isGathering || this.#isSlow(this.#reading.waitingMaxBytes)) return
    this.#wire.gather()
  }

  #isSlow(maxBytes: number): boolean {
    if (this.#wire.waitingBytes <= maxBytes) return false
    this.#reading.onSlow()
    this.end('slow')
    return true
  }

  end(why: Ending): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#wire.end(why)
  }

  /** The last topic was taken away: a stream, which cannot ask for another, ends. */
  emptied(): void {
    if (this.#wire.endsWhenEmpty) this.end('nothing-left')
  }

  /** The wire is gone: nothing can be sent. */
  lost(): void {
    this.#isEnded = true
  }
}

/** What is asked of who listens. */
export interface Reading {
  /** Bytes that may wait for it. */
  readonly waitingMaxBytes: number
  /** It does not read fast enough, and is ended. */
  readonly onSlow: () => void
}

/** Who opens a connection. */
export interface Caller {
  readonly actor: UserActor
  readonly credentialId: string
}

/** The caller behind an actor; null for who has no credential that could be asked for again. */
export function callerOf(actor: Actor): Caller | null {
  if (actor.kind !== 'user' || actor.credentialId === undefined) return null
  return { actor, credentialId: actor.credentialId }
}
