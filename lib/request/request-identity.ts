// The result of one run of the request flow, and whether it is still true when a view is read or the session is written.
import type { NotIdentifiedReason, RequestOutcome } from '../diagnostics.js'
import type { Identification } from '../tokens/identification.js'
import type { TokenHolder } from '../tokens/token-holder.js'
import { type Found, isVisitor, type Visitor } from '../visitor/visitor.js'
import type { RequestSnapshot } from './request-snapshot.js'

/** The parts of a result besides its outcome. */
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
  /** Why nobody was identified; `undefined` when somebody was. */
  readonly reason: NotIdentifiedReason | undefined
  /** When asking again makes sense, in milliseconds. */
  readonly retryInMs: number | undefined
  /** A result that comes after the page: of a token that was too late, or of a renewal. Never rejects. */
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

  /** Whose token was looked for, found or not; `undefined` when there is no visitor. */
  get holder(): TokenHolder | undefined {
    return this.#snapshot.holder
  }

  /**
   * Whether the request still belongs to the visitor it was identified for: the same session, the same user (by `visitorKey` where
   * the app names one), and an app that still gives the same visitor, because an address can change on the same object.
   */
  isCurrent(): boolean {
    const { holder } = this
    const snapshot = this.#snapshot
    if (!holder || !snapshot.hasSameSession() || !snapshot.hasSameUser()) return false
    if (snapshot.key !== undefined || snapshot.isAsync) return true
    return snapshot.fitsNow((found) => isSame(found, holder.visitor))
  }

  /**
   * The same; where `visitor` answers with a promise, the app is asked once more, because who is logged in may depend on more than
   * the user and the session's id. Never rejects.
   */
  async confirm(): Promise<boolean> {
    const { holder } = this
    const snapshot = this.#snapshot
    if (!holder || !this.isCurrent()) return false
    return !snapshot.cannotBeAsked() || snapshot.fitsLater((found) => isSame(found, holder.visitor))
  }

  /** Whether a user has appeared since the run, who was not there yet. */
  hasMissedUser(): boolean {
    return this.reason === 'no-user' && !this.#snapshot.hadUser() && this.#snapshot.hasUser()
  }

  /** Whether the user or the session was replaced since the run, and somebody is still logged in: not a logout. */
  hasOtherUser(): boolean {
    const snapshot = this.#snapshot
    return snapshot.hasUser() && !snapshot.hasLostSession() && !(snapshot.hasSameUser() && snapshot.hasSameSession())
  }

  /** Whether express-session ran only after this middleware. */
  hasMissedSession(): boolean {
    return this.#snapshot.hasGainedSession()
  }

  /** Whether nobody is logged in now: a login later in the request counts, and so does a logout. */
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
 * Whether this is the same person. The context is not compared: it may contain the time, or `req.url`, which a router rewrites.
 */
function isSame(found: Found, before: Visitor): boolean {
  return isVisitor(found) && found.email === before.email
}

/** An invalid visitor is a mistake of the app, not a logout. */
function isNobody(found: Found): boolean {
  return !isVisitor(found) && found.reason !== 'invalid-visitor'
}
