// The result of one run of the request flow, with checks whether it still holds when a view is read or the session is written.
import type { NotIdentifiedReason, RequestOutcome } from '../diagnostics.js'
import type { Identification } from '../tokens/identification.js'
import type { TokenHolder } from '../tokens/token-holder.js'
import { type Found, isVisitor, type Visitor } from '../visitor/visitor.js'
import type { RequestSnapshot } from './request-snapshot.js'

/** The result apart from its outcome. */
export type Finding = {
  readonly identification?: Identification
  readonly reason?: NotIdentifiedReason
  readonly retryInMs?: number
  readonly later?: Promise<RequestIdentity> | undefined
}

/** The result of one run. */
export class RequestIdentity {
  readonly outcome: RequestOutcome
  readonly identification: Identification | undefined
  /** Why nobody was identified; `undefined` if a user was. */
  readonly reason: NotIdentifiedReason | undefined
  /** After how many milliseconds it makes sense to ask again. */
  readonly retryInMs: number | undefined
  /** A second result that comes later: of a mint that took too long, or of a renewal. Never rejects. */
  readonly later: Promise<RequestIdentity> | undefined
  readonly #snapshot: RequestSnapshot

  constructor(
    outcome: RequestOutcome,
    snapshot: RequestSnapshot,
    { identification, reason, retryInMs, later }: Finding
  ) {
    this.outcome = outcome
    this.identification = identification
    this.reason = reason
    this.retryInMs = retryInMs
    this.later = later
    this.#snapshot = snapshot
  }

  /** The visitor whose token was needed, found or not; `undefined` if there is no visitor. */
  get holder(): TokenHolder | undefined {
    return this.#snapshot.holder
  }

  /**
   * Whether the request still belongs to the identified visitor: the same session, the same user (by `visitorKey` if there is one), and
   * the same result of `visitor`, because the address of a user object can change.
   */
  isCurrent(): boolean {
    const { holder } = this
    const snapshot = this.#snapshot
    if (!holder || !snapshot.hasSameSession() || !snapshot.hasSameUser()) return false
    if (snapshot.key !== undefined || snapshot.isAsync) return true
    return snapshot.fitsNow((found) => isSame(found, holder.visitor))
  }

  /**
   * The same, but also for a `visitor` that returns a promise: it is called once more, because who is logged in may depend on more than
   * `req.user` and the session id. Never rejects.
   */
  async confirm(): Promise<boolean> {
    const { holder } = this
    const snapshot = this.#snapshot
    if (!holder || !this.isCurrent()) return false
    return !snapshot.cannotBeAsked() || snapshot.fitsLater((found) => isSame(found, holder.visitor))
  }

  /** Whether there was no user at the time of the run, but there is one now. */
  hasMissedUser(): boolean {
    return this.reason === 'no-user' && !this.#snapshot.hadUser() && this.#snapshot.hasUser()
  }

  /** Whether user or session were replaced since the run, and a user is still logged in, so it was no logout. */
  hasOtherUser(): boolean {
    const snapshot = this.#snapshot
    return snapshot.hasUser() && !snapshot.hasLostSession() && !(snapshot.hasSameUser() && snapshot.hasSameSession())
  }

  /** Whether express-session ran after this middleware. */
  hasMissedSession(): boolean {
    return this.#snapshot.hasGainedSession()
  }

  /** Whether no user is logged in at this moment, also after a login or logout later in the request. */
  isNobodyNow(): boolean {
    const snapshot = this.#snapshot
    if (this.outcome === 'skipped') return false
    if (snapshot.hasLostSession()) return true
    if (snapshot.key !== undefined || snapshot.isAsync)
      return snapshot.hasSameUser() ? this.outcome === 'anonymous' : !snapshot.hasUser()
    return snapshot.fitsNow(isNobody)
  }
}

/**
 * Whether this is the same visitor. The context is not compared: it may contain the time, or `req.url`, which routers rewrite.
 */
function isSame(found: Found, before: Visitor): boolean {
  return isVisitor(found) && found.email === before.email
}

/** Whether there is no user. An invalid visitor is a mistake of the app, not a logout. */
function isNobody(found: Found): boolean {
  return !isVisitor(found) && found.reason !== 'invalid-visitor'
}
