// Who is identified in one request, as it was found, and whether that still holds when somebody looks again.
import type { Request } from 'express'
import type { RequestOutcome } from './diagnostics.js'
import type { Identification } from './identification.js'
import type { TokenHolder } from './mint/token-source.js'
import { isSameVisitor } from './visitor.js'

/** What was found besides the outcome. */
export type Finding = {
  readonly holder?: TokenHolder
  readonly identification?: Identification
  readonly retryInMs?: number
}

/** A request as it was when it came in: the app may log in, log out or switch users later in the same request. */
export class Look {
  readonly req: Request
  readonly user: unknown
  readonly sessionId: string | undefined
  /** Asks the app's `visitor` again; absent when it answers with a promise, which cannot be waited for at a read. */
  askAgain: ((req: Request) => unknown) | undefined
  /** Whether the app's `visitor` still owes its answer. */
  isWaiting = false
  /** Whether the operator was told of this request's `visitor` already. */
  isReported = false

  constructor(req: Request, askAgain: (req: Request) => unknown) {
    this.req = req
    this.user = (req as { user?: unknown }).user
    this.sessionId = req.sessionID
    this.askAgain = askAgain
  }

  hasSameUser(): boolean {
    return (this.req as { user?: unknown }).user === this.user
  }
}

/** The answer of one run through the flow. */
export class RequestIdentity {
  readonly outcome: RequestOutcome
  readonly identification: Identification | undefined
  readonly holder: TokenHolder | undefined
  /** When asking again makes sense, in milliseconds. */
  readonly retryInMs: number | undefined
  readonly #look: Look

  constructor(outcome: RequestOutcome, look: Look, { identification, holder, retryInMs }: Finding = {}) {
    this.outcome = outcome
    this.identification = identification
    this.holder = holder
    this.retryInMs = retryInMs
    this.#look = look
  }

  /**
   * Whether the request still belongs to the visitor it was identified for: the same user object, the same session, and an app
   * that still names the same visitor (an address can change on the same object).
   */
  isCurrent(): boolean {
    const { holder } = this
    const look = this.#look
    if (!holder || !look.hasSameUser() || look.req.sessionID !== look.sessionId) return false
    if (!look.askAgain) return true
    try {
      return isSameVisitor(look.askAgain(look.req), holder.visitor)
    } catch {
      return false
    }
  }

  /** Whether nobody is logged in now: a login later in the request counts, and so does a logout. */
  isNobodyNow(): boolean {
    const look = this.#look
    if (this.outcome === 'skipped') return false
    if (!look.askAgain) {
      if (look.hasSameUser()) return this.outcome === 'anonymous'
      return !(look.req as { user?: unknown }).user
    }
    try {
      return (look.askAgain(look.req) ?? null) === null
    } catch {
      return false
    }
  }
}
