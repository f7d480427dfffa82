// Reads and writes the token on the session. The write never restores a session that was destroyed, and never undoes the changes of
// another request.
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

/** The visitor and the HubSpot account that a token is for. */
export type SessionHolder = { readonly email: string; readonly account: string }

/** Reads and writes the session entries of one instance. */
export type SessionEntries = {
  /** Starts to watch the store of this request. Called for every request, so that no change of a session is missed. */
  watch(req: Request): void
  /** The token of this visitor, if the session has one that can be used. */
  read(req: Request, holder: SessionHolder): Identification | undefined
  /**
   * Puts a token on the session. If the session was created in this request and has content of the app, at once. Else in the store,
   * after the response: only if the session exists there, and the request still has the user and session of the token.
   */
  keep(req: Request, res: Response, entry: KeptIdentification, whose: Whose): void
  /** Drops what is cached in memory for this address. Does not change sessions. */
  forget(email: string): void
}

/** Checks whether the request still has the user of the token: at once, or by asking the app's `visitor`. Neither throws. */
type Whose = { isCurrent(): boolean; confirm(): Promise<boolean> }

type SessionLike = Record<string, unknown>

/** Other than its type says, a session can be missing at run time, or be kept in a cookie, without a store. */
type MaybeSession = { session: SessionLike | undefined; sessionID?: string; sessionStore?: Store }

function sessionOf(req: object): MaybeSession {
  return req as MaybeSession
}

/** A time stamp that session-file-store puts on sessions and changes by itself. */
const FILE_STORES_OWN = '__lastAccess'

/** How many parsed tokens are cached. */
const MAX_KNOWN = 1000

/** Builds the session half of an instance. */
export function createSessionEntries(
  settings: { sessionKey: string; tokenLifetimeMs: number },
  work: UnderWay
): SessionEntries {
  const { sessionKey, tokenLifetimeMs } = settings
  /** By address. A token that was checked before need not be parsed again: parsing is the slowest part of reading. */
  const knownTokens = new LRUCache<string, string>({ max: MAX_KNOWN })

  /** Writes to a fresh copy from the store, after express-session has saved the session of this request. */
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
      // An empty session that was not saved is not in the store, so it need not be read (calls with a bearer token).
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
    // A renewed token can come after the response has ended.
    whenOut(res, () => work.add(amend()))
  }

  function parse(kept: unknown, { email, account }: SessionHolder): Identification | undefined {
    const knownToken = knownTokens.peek(email)
    const found = parseKept(kept, { email, account, nowMs: Date.now(), tokenLifetimeMs, knownToken })
    if (found && found.token !== knownToken) knownTokens.set(email, found.token)
    return found
  }

  /** Whether the token has not expired, and expires later than the one in the store, which another request may have put there. */
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
      // A session that is kept in a cookie has no store and no id. A token would make the cookie too large.
      if (!session || !sessionID || !sessionStore || !whose.isCurrent()) return
      const isNew = isBornHere(req, sessionID)
      // Setting a property would make express-session store a session that the app leaves empty (a call with a bearer token).
      const isEmpty = isNew && !holdsAppData(session, sessionKey)
      // Setting a property makes express-session save the whole session as it was loaded. That could restore a session that was
      // destroyed meanwhile, or undo the changes of another request. Only a session created here is not used by other requests.
      if (isNew && !isEmpty && !res.headersSent) session[sessionKey] = entry
      else keepAfterwards(req, res, entry, whose, isEmpty && !res.closed)
    }
  }
}

/**
 * Calls back when the response has ended, when express-session has saved the session, or was cut off. Some responses of serverless
 * adapters emit no `close`, and their `closed` is never true.
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
 * Whether all properties of this request's session are the same in the store. Not every app regenerates the session when the user
 * changes, and the library does not know which key holds the user. Properties that only the store has do not matter.
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
 * Copies the cookie's lifetime from this request's session. express-session does not save a session of which only the lifetime was
 * changed, so that of the store is older. Not used if the session was saved since: then that of the store is right.
 */
function takeOverMaxAge(live: SessionLike, fresh: Session): void {
  const { originalMaxAge } = live['cookie'] as Cookie
  if (originalMaxAge !== fresh.cookie.originalMaxAge) fresh.cookie.maxAge = originalMaxAge as number
}

function asStored(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null')
}

/**
 * Whether a session has content of the app. Old versions of Passport leave `passport: {}`, connect-flash `flash: {}`. The token of
 * another instance of this package is not content of the app either.
 */
function holdsAppData(session: SessionLike, sessionKey: string): boolean {
  return Object.keys(session).some(
    (key) => key !== 'cookie' && key !== sessionKey && !isBlank(session[key]) && !isKeptShape(session[key])
  )
}

/** Whether a value is null, undefined, or an empty object or array. */
function isBlank(value: unknown): boolean {
  return (
    value == null || (typeof value === 'object' && isDeepStrictEqual(asStored(value), Array.isArray(value) ? [] : {}))
  )
}

/** Whether the session was created in this request. Then no other request can be using it. */
function isBornHere(req: Request, sessionId: string): boolean {
  const header = req.headers.cookie
  if (!header) return true
  // Looked for in all cookies, because the app chooses the name. The value is `s:<id>.<signature>`, encoded. A wrong `false` does no
  // harm: the token is then written after the response.
  if (header.includes(sessionId) || header.includes(encodeURIComponent(sessionId))) return false
  return !Object.values(parseCookies(header)).some((value) => value?.includes(sessionId))
}
