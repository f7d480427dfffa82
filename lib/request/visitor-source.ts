// Gives the visitor of a request: from req.user, from the app's `visitor`, or from a result of it that is cached by `visitorKey`.
import type { Request } from 'express'
import { createRememberedVisitors } from '../visitor/remembered-visitors.js'
import { isThenable } from '../visitor/thenable.js'
import { type Found, type NoVisitor, readVisitor } from '../visitor/visitor.js'
import { readUser, takeRefusal } from '../visitor/visitor-from.js'

/** The settings that determine the visitor. */
export type VisitorSettings = {
  readonly visitor?: ((req: Request) => unknown) | undefined
  readonly visitorKey?: ((req: Request) => unknown) | undefined
  readonly requireVerified: boolean
}

/** Gives the visitors of one instance. */
export type VisitorSource = {
  /** Whether `req.user` is read, because there is no option `visitor`. */
  readonly isDefault: boolean
  /** The result of `visitorKey`: `null` if there is no user; `undefined` without that option. Throws what the app throws. */
  keyOf(req: Request): string | null | undefined
  /** The visitor, or a promise of it. Throws and rejects with what the app throws. */
  find(req: Request, key?: string | null): Found | Promise<Found>
  /** Whether `find` is likely to give a promise, judged by earlier calls. */
  isSlow(key: string | null | undefined): boolean
  /** Drops the cached visitors with this address. */
  forget(email: string): void
}

/** `visitor` returned `undefined`. As for `null` there is no user, but perhaps a `return` is missing. */
export const RETURNED_UNDEFINED: NoVisitor = Object.freeze({ reason: 'no-user' })

/** `visitorKey` gave no key, so `visitor` was not called. */
export const NO_KEY: NoVisitor = Object.freeze({ reason: 'no-user' })

/** Creates the visitor source of an instance. */
export function createVisitorSource({ visitor, visitorKey, requireVerified }: VisitorSettings): VisitorSource {
  const rules = { requireVerified }
  const ask = (req: Request): unknown => (visitor ? visitor(req) : (req as { user?: unknown }).user)
  const remembered = createRememberedVisitors<Request>({
    ask: async (req) => read(await ask(req)),
    hasKey
  })
  let hasAnsweredLater = false

  function keyOf(req: Request): string | null | undefined {
    if (!visitorKey) return undefined
    const key = visitorKey(req)
    if (key === null || key === undefined || key === '') return null
    if (typeof key !== 'string') throw new TypeError('visitorKey must return a string or null, not a promise')
    return key
  }

  function hasKey(req: Request, key: string): boolean {
    try {
      return keyOf(req) === key
    } catch {
      return false
    }
  }

  /**
   * If the result is `null`, gives the reason that `visitorFrom` kept. After a promise, in the rare case that another request called it
   * within the same microtasks, the reasons of the two may be exchanged; both are nobody.
   */
  function read(answer: unknown): Found {
    const refusal = takeRefusal()
    if (answer === null && refusal) return refusal
    if (!visitor) return readUser(answer, rules)
    return answer === undefined ? RETURNED_UNDEFINED : readVisitor(answer, rules)
  }

  return {
    isDefault: !visitor,

    keyOf,

    find(req, key) {
      if (typeof key === 'string') {
        const known = remembered.peek(key)
        if (known) return known
        hasAnsweredLater = true
        return remembered.ask(key, req)
      }
      takeRefusal()
      const answer = ask(req)
      if (!isThenable(answer)) return read(answer)
      hasAnsweredLater = true
      return Promise.resolve(answer).then(read)
    },

    isSlow: (key) => hasAnsweredLater && !(typeof key === 'string' && remembered.peek(key)),

    forget: (email) => remembered.forget(email)
  }
}
