// A request as it was when the middleware ran, and what has changed since: the app may log in, log out or switch users later in it.
import type { Request } from 'express'
import type { TokenHolder } from '../tokens/token-source.js'
import { ignoreRejection } from '../visitor/thenable.js'
import type { Found, VisitorSource } from './visitor-source.js'

/** One look at a request. Kept apart from the answers, because one look can have two: the page's, and one that came too late for it. */
export class Look {
  readonly req: Request
  readonly #source: VisitorSource
  readonly #user: unknown
  readonly #sessionId: string | undefined
  readonly #hadSession: boolean
  /** Whose token was looked for, once that is known. */
  holder: TokenHolder | undefined = undefined
  /** What `visitorKey` named; `undefined` without that option. */
  key: string | null | undefined = undefined
  /** Whether the app's `visitor` answers with a promise, which cannot be waited for when somebody looks again. */
  isAsync = false
  /** Whether the app's `visitor` still owes its answer. */
  isWaiting = false

  constructor(req: Request, source: VisitorSource) {
    this.req = req
    this.#source = source
    this.#user = userOf(req)
    this.#sessionId = req.sessionID
    this.#hadSession = Boolean(req.session)
  }

  /** Whether somebody was logged in when the middleware ran. */
  hadUser(): boolean {
    return this.key === undefined ? Boolean(this.#user) : this.key !== null
  }

  /** Whether somebody is logged in now. */
  hasUser(): boolean {
    return this.key === undefined ? Boolean(userOf(this.req)) : this.#keyNow() !== null
  }

  /** Whether the user is the one who was there; compared by key where the app names one. */
  hasSameUser(): boolean {
    return this.key === undefined ? userOf(this.req) === this.#user : this.#keyNow() === this.key
  }

  hasSameSession(): boolean {
    return this.req.sessionID === this.#sessionId && !this.hasLostSession()
  }

  /** A session that was destroyed leaves its id on the request, and often the user. */
  hasLostSession(): boolean {
    return this.#hadSession && !this.req.session
  }

  /** Whether a session has appeared since. */
  hasGainedSession(): boolean {
    return !this.#hadSession && Boolean(this.req.session)
  }

  /** Whether only the app can tell who it speaks of now, and only later. */
  cannotBeAsked(): boolean {
    return this.isAsync && this.key === undefined
  }

  /** Whether what the app says now fits; an answer that does not come at once, or throws, fits nothing. */
  fitsNow(fits: (found: Found) => boolean): boolean {
    try {
      const found = this.#source.find(this.req)
      if (!(found instanceof Promise)) return fits(found)
      ignoreRejection(found)
    } catch {
      // Reported when it was asked first; a read never fails.
    }
    return false
  }

  /** The same for an app whose `visitor` answers with a promise. Never rejects. */
  async fitsLater(fits: (found: Found) => boolean): Promise<boolean> {
    try {
      return fits(await this.#source.find(this.req))
    } catch {
      return false
    }
  }

  #keyNow(): unknown {
    try {
      return this.#source.keyOf(this.req)
    } catch {
      return undefined
    }
  }
}

/** A getter of the app's that throws counts as no user here, and is reported when `visitor` reads it. */
export function userOf(req: Request): unknown {
  try {
    return (req as { user?: unknown }).user
  } catch {
    return undefined
  }
}
