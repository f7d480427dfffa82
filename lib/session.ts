// The one session entry: read it, and write it without ever bringing a session back to life or losing what others wrote.

import { parse as parseCookies } from 'cookie'
import type { Request, Response } from 'express'
import type { SessionData, Store } from 'express-session'
import { type Identification, type KeptIdentification, parseKept } from './identification.js'
import { guardStore, type StoreGuard } from './session-store-guard.js'

declare module 'express-session' {
  interface SessionData {
    /** The visitor's token, kept by express-hubspot-identification (under the default `sessionKey`). */
    hubspot?: KeptIdentification
  }
}

/** Whose token is looked for. */
export type SessionHolder = { readonly email: string; readonly account: string }

/** The session entries of one instance. */
export type SessionEntries = {
  /** The usable token of this visitor, if the session has one. */
  read(req: Request, holder: SessionHolder): Identification | undefined
  /**
   * Keeps a token that is in use: at once on a session born in this request, else in the store once the response is out.
   * `isCurrent` says whether the request's user and session are still those it was identified for.
   */
  keep(req: Request, res: Response, entry: KeptIdentification, isCurrent: () => boolean): void
}

/** Despite its type, a session may be absent at run time, or kept in a cookie without a store. */
type MaybeSession = { session: Record<string, unknown> | undefined; sessionID?: string; sessionStore?: Store }

function sessionOf(req: { session?: object; sessionID?: string; sessionStore?: Store }): MaybeSession {
  return req as MaybeSession
}

/** Builds the session half of an instance. */
export function createSessionEntries(settings: { sessionKey: string; tokenLifetimeMs: number }): SessionEntries {
  const { sessionKey, tokenLifetimeMs } = settings
  const guards = new WeakMap<Store, StoreGuard>()

  function guardOf(store: Store): StoreGuard {
    const known = guards.get(store)
    if (known) return known
    const guard = guardStore(store)
    guards.set(store, guard)
    return guard
  }

  function hasToken(session: SessionData, token: string): boolean {
    const kept = (session as unknown as Record<string, unknown>)[sessionKey]
    return typeof kept === 'object' && kept !== null && 'token' in kept && kept.token === token
  }

  return {
    read(req, { email, account }) {
      const { session, sessionStore } = sessionOf(req)
      // From the first request on, so that no change of a session is missed.
      if (sessionStore) guardOf(sessionStore)
      const kept = session?.[sessionKey]
      if (kept === undefined) return undefined
      return parseKept(kept, { email, account, nowMs: Date.now(), tokenLifetimeMs })
    },

    keep(req, res, entry, isCurrent) {
      const { session, sessionID, sessionStore } = sessionOf(req)
      // A session kept in a cookie has no store, and no id: a token in it would burst the header.
      if (!session || !sessionID || !sessionStore) return
      if (isBornHere(req, sessionID)) {
        session[sessionKey] = entry
        return
      }
      const guard = guardOf(sessionStore)
      // express-session saves the session as it was loaded, so a property set here could revive a session that was logged out
      // meanwhile, or undo what another request wrote. After the response it has saved; then a fresh copy is amended.
      res.once('close', () => {
        void guard.amend(sessionID, (fresh) => {
          const live = sessionOf(req).session
          if (!live || sessionOf(req).sessionID !== sessionID || !isCurrent()) return undefined
          if (hasToken(fresh, entry.token)) return undefined
          // The live cookie: the stored one is older, and would shorten a rolling session.
          return { ...fresh, cookie: live['cookie'], [sessionKey]: entry } as SessionData
        })
      })
    }
  }
}

/** Whether the browser does not know this session yet: then no other request can be using it. */
function isBornHere(req: Request, sessionId: string): boolean {
  const header = req.headers.cookie
  if (!header) return true
  // The cookie's name is the app's; its value is `s:<id>.<signature>`, encoded. A false "known" only means a later write.
  if (header.includes(sessionId) || header.includes(encodeURIComponent(sessionId))) return false
  return !Object.values(parseCookies(header)).some((value) => value?.includes(sessionId))
}
