// The request as it was when the middleware ran, compared with how it is now: the app may log in, log out or switch users later in
// the same request. Apart from RequestIdentity, because one snapshot can have two results: the page's, and one that came too late.
import type { Request } from 'express'
import type { TokenHolder } from '../tokens/token-holder.js'
import { ignoreRejection } from '../visitor/thenable.js'
import type { Found } from '../visitor/visitor.js'
import type { VisitorSource } from './visitor-source.js'

/** One snapshot at a request. */
export class RequestSnapshot {
  readonly req: Request
  readonly #source: VisitorSource
  readonly #user: unknown
  readonly #sessionId: string | undefined
  readonly #hadSession: boolean
  /** Whose token was looked for, once that is known. */
  holder: TokenHolder | undefined = undefined
  /** What `visitorKey` returned; `undefined` without that option. */
  key: string | null | undefined = undefined
  /** Whether the app's `visitor` answers with a promise, which cannot be waited for when somebody looks again. */
  isAsync = false
  /** Whether the promise of the app's `visitor` is still pending. */
  isWaiting = false
  /** That answer, when it is not there at once; pages with the same key share one. */
  answer: Promise<Found> | undefined = undefined

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

  /** Whether the user is still the same: by key with `visitorKey`, else the same object on `req.user`. */
  hasSameUser(): boolean {
    return this.key === undefined ? userOf(this.req) === this.#user : this.#keyNow() === this.key
  }

  hasSameSession(): boolean {
    return this.req.sessionID === this.#sessionId && !this.hasLostSession()
  }

  /** Whether the session was destroyed; its id, and often the user, are still on the request then. */
  hasLostSession(): boolean {
    return this.#hadSession && !this.req.session
  }

  /** Whether a session has appeared since. */
  hasGainedSession(): boolean {
    return !this.#hadSession && Boolean(this.req.session)
  }

  /** Whether `visitor` would have to be awaited to know who is logged in now. */
  cannotBeAsked(): boolean {
    return this.isAsync && this.key === undefined
  }

  /** Whether the visitor of this moment fits; `false` when the app answers with a promise, or throws. */
  fitsNow(fits: (found: Found) => boolean): boolean {
    try {
      const found = this.#source.find(this.req)
      if (!(found instanceof Promise)) return fits(found)
      ignoreRejection(found)
    } catch {
      // Was reported when the middleware ran; reading a view never throws.
    }
    return false
  }

  /** The same, for an app whose `visitor` answers with a promise. Never rejects. */
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

/** `req.user`; `undefined` when its getter throws, which is reported where `visitor` reads it. */
export function userOf(req: Request): unknown {
  try {
    return (req as { user?: unknown }).user
  } catch {
    return undefined
  }
}
