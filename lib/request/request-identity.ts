// Who is identified in one request, as it was found, and whether that still holds when somebody looks again.
import type { Request } from 'express'
import type { RequestOutcome } from '../diagnostics.js'
import type { Identification } from '../tokens/identification.js'
import type { TokenHolder } from '../tokens/token-source.js'
import { ignoreRejection, isThenable } from '../visitor/thenable.js'
import { isVisitor, type Visitor } from '../visitor/visitor.js'
import { askVisitor, isSameAnswer, readAnswer, type VisitorSettings } from './ask-visitor.js'

/** What was found besides the outcome. */
export type Finding = {
  readonly identification?: Identification
  readonly retryInMs?: number
  readonly later?: Promise<RequestIdentity> | undefined
}

/** A request as it was when it came in: the app may log in, log out or switch users later in the same request. */
export class Look {
  readonly req: Request
  readonly #user: unknown
  readonly #sessionId: string | undefined
  readonly #hadSession: boolean
  readonly #settings: VisitorSettings
  /** Whose token was looked for, once that is known. */
  holder: TokenHolder | undefined = undefined
  /** Whether the app's `visitor` answers with a promise, which cannot be waited for when somebody looks again. */
  isAsync = false
  /** Whether the app's `visitor` still owes its answer. */
  isWaiting = false

  constructor(req: Request, settings: VisitorSettings) {
    this.req = req
    this.#user = userOf(req)
    this.#sessionId = req.sessionID
    this.#hadSession = Boolean(req.session)
    this.#settings = settings
  }

  hadUser(): boolean {
    return Boolean(this.#user)
  }

  hasUser(): boolean {
    return Boolean(userOf(this.req))
  }

  hasSameUser(): boolean {
    return userOf(this.req) === this.#user
  }

  hasSameSession(): boolean {
    return this.req.sessionID === this.#sessionId && !this.hasLostSession()
  }

  /** A session that was destroyed leaves its id on the request, and often the user. */
  hasLostSession(): boolean {
    return this.#hadSession && !this.req.session
  }

  /** Whether the app still names this visitor; an answer that does not come at once, or throws, does not. */
  isStill(visitor: Visitor): boolean {
    return this.#fitsNow((answer) => isSameAnswer(answer, visitor, this.#settings))
  }

  /** The same for an app whose `visitor` answers with a promise. Never rejects. */
  async willBe(visitor: Visitor): Promise<boolean> {
    try {
      return isSameAnswer(await askVisitor(this.req, this.#settings), visitor, this.#settings)
    } catch {
      return false
    }
  }

  /** Whether the app names nobody now. */
  isNobody(): boolean {
    return this.#fitsNow((answer) => {
      const found = readAnswer(answer, this.#settings)
      return !isVisitor(found) && found.reason !== 'invalid-visitor'
    })
  }

  #fitsNow(fits: (answer: unknown) => boolean): boolean {
    try {
      const answer = askVisitor(this.req, this.#settings)
      if (!isThenable(answer)) return fits(answer)
      ignoreRejection(answer)
    } catch {
      // Told when it was asked first; a read never fails.
    }
    return false
  }
}

/** A getter of the app's that throws is nobody here, and is reported when `visitor` meets it. */
function userOf(req: Request): unknown {
  try {
    return (req as { user?: unknown }).user
  } catch {
    return undefined
  }
}

/** The answer of one run through the flow. */
export class RequestIdentity {
  readonly outcome: RequestOutcome
  readonly identification: Identification | undefined
  /** When asking again makes sense, in milliseconds. */
  readonly retryInMs: number | undefined
  /** What comes behind the page: a token that was too late for it, or the renewal of one that is near its end. Never rejects. */
  readonly later: Promise<RequestIdentity> | undefined
  readonly #look: Look

  constructor(outcome: RequestOutcome, look: Look, { identification, retryInMs, later }: Finding = {}) {
    this.outcome = outcome
    this.identification = identification
    this.retryInMs = retryInMs
    this.later = later
    this.#look = look
  }

  /** Whose token was looked for, found or not; nobody's when there is no visitor. */
  get holder(): TokenHolder | undefined {
    return this.#look.holder
  }

  /**
   * Whether the request still belongs to the visitor it was identified for: the same user object, the same session, and an app
   * that still names the same visitor (an address can change on the same object).
   */
  isCurrent(): boolean {
    const { holder } = this
    const look = this.#look
    if (!holder || !look.hasSameUser() || !look.hasSameSession()) return false
    return look.isAsync || look.isStill(holder.visitor)
  }

  /**
   * The same, asked of the app once more where its `visitor` answers with a promise: who it speaks of may hang on more than the
   * user and the session's id. Never rejects.
   */
  async confirm(): Promise<boolean> {
    const { holder } = this
    if (!holder || !this.isCurrent()) return false
    return !this.#look.isAsync || this.#look.willBe(holder.visitor)
  }

  /** Whether a user has appeared since, of whom this run could not know. */
  hasMissedUser(): boolean {
    return this.outcome === 'anonymous' && !this.#look.hadUser() && this.#look.hasUser()
  }

  /** Whether nobody is logged in now: a login later in the request counts, and so does a logout. */
  isNobodyNow(): boolean {
    const look = this.#look
    if (this.outcome === 'skipped') return false
    if (look.hasLostSession()) return true
    if (look.isAsync) return look.hasSameUser() ? this.outcome === 'anonymous' : !look.hasUser()
    return look.isNobody()
  }
}
