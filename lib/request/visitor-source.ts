// Who the user of a request is: from req.user, from the app's `visitor`, or from an answer of it that is remembered by `visitorKey`.
import type { Request } from 'express'
import { createRememberedVisitors } from '../visitor/remembered-visitors.js'
import { isThenable } from '../visitor/thenable.js'
import { type NoVisitor, readVisitor, type Visitor } from '../visitor/visitor.js'
import { readUser, takeRefusal } from '../visitor/visitor-from.js'

/** The part of the settings that decides who the user is. */
export type VisitorSettings = {
  readonly visitor?: ((req: Request) => unknown) | undefined
  readonly visitorKey?: ((req: Request) => unknown) | undefined
  readonly requireVerified: boolean
}

/** Who was found, or why nobody was. */
export type Found = Visitor | NoVisitor

/** The visitors of one instance. */
export type VisitorSource = {
  /** Whether `req.user` is read, because the app gave no `visitor`. */
  readonly isDefault: boolean
  /** The user's key: `null` for nobody, `undefined` when the app names none. Throws what the app throws. */
  keyOf(req: Request): string | null | undefined
  /** The visitor, at once or as a promise. Throws and rejects with what the app throws. */
  find(req: Request, key?: string | null): Found | Promise<Found>
  /** Whether `find` would have to wait for the app, as far as is known from earlier answers. */
  isSlow(key: string | null | undefined): boolean
  /** Drops the remembered answers with this address. */
  forget(email: string): void
}

/** `visitor` returned `undefined`: nobody, as for `null`, but perhaps a `return` is missing. */
export const GAVE_NOTHING: NoVisitor = Object.freeze({ reason: 'no-user' })

/** Makes the visitor source of an instance. */
export function createVisitorSource({ visitor, visitorKey, requireVerified }: VisitorSettings): VisitorSource {
  const rules = { requireVerified }
  const ask = (req: Request): unknown => (visitor ? visitor(req) : (req as { user?: unknown }).user)
  const remembered = createRememberedVisitors(ask)
  let hasAnsweredLater = false

  function read(answer: unknown): Found {
    if (!visitor) return readUser(answer, rules)
    return answer === undefined ? GAVE_NOTHING : readVisitor(answer, rules)
  }

  /** For `null`, the reason that `visitorFrom` has kept. Only for answers that are no promise: another request could come between. */
  function readNow(answer: unknown): Found {
    const refusal = takeRefusal()
    return (answer === null && refusal) || read(answer)
  }

  function later(answer: PromiseLike<unknown>): Promise<Found> {
    hasAnsweredLater = true
    return Promise.resolve(answer).then(read)
  }

  return {
    isDefault: !visitor,

    keyOf(req) {
      if (!visitorKey) return undefined
      const key = visitorKey(req)
      if (key === null || key === undefined || key === '') return null
      if (typeof key !== 'string') throw new TypeError('visitorKey must give a string or null, at once')
      return key
    },

    find(req, key) {
      if (typeof key === 'string') {
        const known = remembered.peek(key)
        return known ? read(known.answer) : later(remembered.get(key, req))
      }
      takeRefusal()
      const answer = ask(req)
      return isThenable(answer) ? later(answer) : readNow(answer)
    },

    isSlow: (key) => hasAnsweredLater && !(typeof key === 'string' && remembered.peek(key)),

    forget: (email) => remembered.forget(email)
  }
}
