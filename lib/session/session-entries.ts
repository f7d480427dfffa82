// The one session entry: read it, and write it without ever bringing a session back to life or losing what others wrote.
import { isDeepStrictEqual } from 'node:util'
import { parse as parseCookies } from 'cookie'
import type { Request, Response } from 'express'
import type { Cookie, Session, Store } from 'express-session'
import { LRUCache } from 'lru-cache'
import {
  fresher,
  type Identification,
  isKeptShape,
  isUsable,
  type KeptIdentification,
  parseKept
} from '../tokens/identification.js'
import type { UnderWay } from '../tokens/under-way.js'
import { guardOf } from './store-guard.js'

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
  /** Watches the request's store from the first request on, so that no change of a session is missed. */
  watch(req: Request): void
  /** The usable token of this visitor, if the session has one. */
  read(req: Request, holder: SessionHolder): Identification | undefined
  /**
   * Keeps a token that is in use: at once on a session that was born in this request and holds something of the app's, else in
   * the store once the response is out, if the session is there, and the request's user and session are still those it was
   * identified for.
   */
  keep(req: Request, res: Response, entry: KeptIdentification, whose: Whose): void
  /** Drops what is remembered of an address in this process; the sessions themselves are the app's. */
  forget(email: string): void
}

/** Whether a request still belongs to whom it was identified for: at once, and after the app was asked. Neither throws. */
type Whose = { isCurrent(): boolean; confirm(): Promise<boolean> }

type SessionLike = Record<string, unknown>

/** Despite its type, a session may be absent at run time, or kept in a cookie without a store. */
type MaybeSession = { session: SessionLike | undefined; sessionID?: string; sessionStore?: Store }

function sessionOf(req: object): MaybeSession {
  return req as MaybeSession
}

/** The bookkeeping of session-file-store, which changes by itself. */
const FILE_STORES_OWN = '__lastAccess'

/** Visitors whose token is known again on their next page. */
const MAX_KNOWN = 1000

/** Builds the session half of an instance. */
export function createSessionEntries(
  settings: { sessionKey: string; tokenLifetimeMs: number },
  work: UnderWay
): SessionEntries {
  const { sessionKey, tokenLifetimeMs } = settings
  /** By address; because looking through a token takes longer than all else in reading it. */
  const knownTokens = new LRUCache<string, string>({ max: MAX_KNOWN })

  /** Amends a fresh copy once express-session has saved its own, so that nothing is written that this request knew only of old. */
  function keepAfterwards(
    req: Request,
    res: Response,
    entry: KeptIdentification,
    whose: Whose,
    isEmpty: boolean
  ): void {
    const { sessionID, sessionStore } = sessionOf(req)
    if (!sessionID || !sessionStore) return
    const guard = guardOf(sessionStore)
    const wasSaved = guard.follow(sessionID)
    const amend = async () => {
      const isSaved = wasSaved()
      // A session without content that nobody has saved is not in the store: bearer calls cost it no read.
      if (isEmpty && !isSaved) return
      if (!(await whose.confirm())) return
      await guard.amend(sessionID, (session) => {
        const fresh = session as unknown as SessionLike
        const live = sessionOf(req).session
        if (!live || sessionOf(req).sessionID !== sessionID || !whose.isCurrent()) return false
        if (!isSameUsersSession(live, fresh, sessionKey) || !isNewer(entry, fresh[sessionKey])) return false
        if (!isSaved) takeOverMaxAge(live, session)
        fresh[sessionKey] = entry
        return true
      })
    }
    // A token that was renewed behind the page may come when the response is long gone.
    whenOut(res, () => work.add(amend()))
  }

  function parse(kept: unknown, { email, account }: SessionHolder): Identification | undefined {
    const knownToken = knownTokens.peek(email)
    const found = parseKept(kept, { email, account, nowMs: Date.now(), tokenLifetimeMs, knownToken })
    if (found && found.token !== knownToken) knownTokens.set(email, found.token)
    return found
  }

  /** A response can take longer than a token lives: another request may have put a fresher one there. */
  function isNewer(entry: KeptIdentification, kept: unknown): boolean {
    return isUsable(entry, Date.now()) && fresher(parse(kept, entry), entry) === entry
  }

  return {
    forget: (email) => void knownTokens.delete(email),
    watch(req) {
      const { sessionStore } = sessionOf(req)
      if (sessionStore) guardOf(sessionStore)
    },

    read: (req, holder) => parse(sessionOf(req).session?.[sessionKey], holder),

    keep(req, res, entry, whose) {
      const { session, sessionID, sessionStore } = sessionOf(req)
      // A session kept in a cookie has no store, and no id: a token in it would burst the header.
      if (!session || !sessionID || !sessionStore || !whose.isCurrent()) return
      const isNew = isBornHere(req, sessionID)
      // A property set here would make express-session store a session that the app leaves empty (a bearer call).
      const isEmpty = isNew && !holdsAppData(session, sessionKey)
      // express-session saves the session as it was loaded, so a property set here could revive a session that was logged out
      // meanwhile, or undo what another request wrote.
      if (isNew && !isEmpty && !res.headersSent) session[sessionKey] = entry
      else keepAfterwards(req, res, entry, whose, isEmpty && !res.closed)
    }
  }
}

/**
 * Calls back when the response has ended (express-session has saved by then) or was cut off. The responses of serverless adapters
 * do not all emit `close`, and are never `closed`.
 */
function whenOut(res: Response, callback: () => void): void {
  if (res.closed || res.writableEnded) {
    callback()
    return
  }
  const once = (): void => {
    res.off('finish', once).off('close', once)
    callback()
  }
  res.on('finish', once).on('close', once)
}

/**
 * Whether all that this request knew of the session still holds in the store. Not every app regenerates the session when the user
 * changes, and only the app knows which of its keys says who the user is. What others added does not matter.
 */
function isSameUsersSession(live: SessionLike, fresh: SessionLike, sessionKey: string): boolean {
  return Object.keys(live).every(
    (key) =>
      key === 'cookie' ||
      key === sessionKey ||
      key === FILE_STORES_OWN ||
      isDeepStrictEqual(asStored(live[key]), asStored(fresh[key]))
  )
}

/**
 * How long the session lives, as this request's app has it: express-session saves nothing when only that was changed, so what the
 * store holds of it is older. When somebody has saved the session meanwhile, the store is right.
 */
function takeOverMaxAge(live: SessionLike, fresh: Session): void {
  const { originalMaxAge } = live['cookie'] as Cookie
  if (originalMaxAge !== fresh.cookie.originalMaxAge) fresh.cookie.maxAge = originalMaxAge as number
}

function asStored(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null')
}

/**
 * Whether a session has content of the app's. Old Passports leave `passport: {}` behind, connect-flash `flash: {}`; and the entry of
 * another instance of this package is no reason to store a session either.
 */
function holdsAppData(session: SessionLike, sessionKey: string): boolean {
  return Object.keys(session).some(
    (key) => key !== 'cookie' && key !== sessionKey && !isBlank(session[key]) && !isKeptShape(session[key])
  )
}

/** Nothing, or an object or list without anything in it. */
function isBlank(value: unknown): boolean {
  return (
    value == null || (typeof value === 'object' && isDeepStrictEqual(asStored(value), Array.isArray(value) ? [] : {}))
  )
}

/** Whether the browser does not know this session yet: then no other request can be using it. */
function isBornHere(req: Request, sessionId: string): boolean {
  const header = req.headers.cookie
  if (!header) return true
  // The cookie's name is the app's; its value is `s:<id>.<signature>`, encoded. A false "known" only means a later write.
  if (header.includes(sessionId) || header.includes(encodeURIComponent(sessionId))) return false
  return !Object.values(parseCookies(header)).some((value) => value?.includes(sessionId))
}
