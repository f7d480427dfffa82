// Reports why nobody is identified in a request: errors of the app's functions to onError, likely mistakes of the app as hints.
import type { Request } from 'express'
import type { Hints, Report } from '../diagnostics.js'
import { summarizeCause } from '../errors.js'
import type { NoVisitor } from '../visitor/visitor.js'
import { userOf } from './request-snapshot.js'
import { addressElsewhere, hasSignedCookie, passportUser, userElsewhere } from './user-elsewhere.js'
import { NO_KEY, RETURNED_UNDEFINED } from './visitor-source.js'

/** The reports of one instance. */
export type Unidentified = {
  /**
   * `visitor`, `visitorKey` or `skip` threw, or returned something unusable. Reported once for each request; once for a result that
   * several requests share.
   */
  refuse(req: Request, what: string, found: { thrown?: unknown; answer?: object | undefined }): void
  /** There is a user, but no session. Reported once. */
  reportMissingSession(req: Request): void
  /** There is no visitor. Writes a hint if a mistake is likely. */
  explain(req: Request, found: NoVisitor): void
  /** The page was served before the token came. */
  late(): void
  /** `skip` returned true. */
  skipped(): void
  /** `skip` returned false. */
  notSkipped(): void
}

/** The settings that matter for the hints. */
export type UnidentifiedSettings = {
  readonly visitor?: unknown
  readonly visitorKey?: ((req: Request) => unknown) | undefined
  readonly skip?: ((req: Request) => boolean) | undefined
  readonly session: boolean
  readonly maxWaitMs: number
}

/** If the first requests of a process are all skipped, after this many a `skip` that always returns true is likely. */
const SKIPS_IN_A_ROW = 5

const REFUSED_HINT =
  'Make "visitor" return { email } with a well-formed address, or null, and "skip" a boolean; neither may throw. Without "visitor", req.user.email is taken.'

/** Creates the reports of an instance. */
export function createUnidentified(settings: UnidentifiedSettings, report: Report, hints: Hints): Unidentified {
  let isMissingSessionReported = false
  let skipsInARow = 0
  /** Requests and shared results that were reported: middleware and endpoint may both run for one request. */
  const refused = new WeakSet<object>()

  function explainNoUser(req: Request, found: NoVisitor): void {
    if (settings.session && !req.session && hasSignedCookie(req)) {
      hints.say(
        'no-session',
        'A session cookie came, but req.session is missing: mount the middleware (or tokenEndpoint()) behind express-session and passport.session(). Reason: no-user.'
      )
      return
    }
    if (found === NO_KEY) {
      // `null` is a decision of the app, `undefined` may be a mistake.
      if (settings.visitorKey?.(req) === null) return
      const user = userOf(req) ? 'req.user' : userElsewhere(req)
      if (user)
        hints.say(
          'no-visitor-key',
          `${user} is there, but "visitorKey" gave no key, so "visitor" is not called: is a "return" missing, or the name of the id wrong? Return null for nobody. Reason: no-user.`
        )
      return
    }
    if (settings.visitor) {
      if (found !== RETURNED_UNDEFINED) return
      const user = userOf(req) ? 'req.user' : (userElsewhere(req) ?? (settings.visitorKey && 'a visitorKey'))
      if (user)
        hints.say(
          'visitor-gave-nobody',
          `${user} is there, but "visitor" gave nobody: is a "return" missing, or parentheses around the object, as in (req) => ({ email: req.user.email })? Reason: no-user.`
        )
      return
    }
    if (userOf(req)) {
      hints.say(
        'user-no-record',
        'req.user is there, but is no object with an address: make passport.deserializeUser give the whole user record, or set visitor: (req) => ({ email: ... }). Reason: no-user.'
      )
      return
    }
    if (passportUser(req) !== undefined) {
      hints.say(
        'before-passport',
        'The session says that a user is logged in, but req.user is missing: mount the middleware (or tokenEndpoint()) behind passport.session(). Reason: no-user.'
      )
      return
    }
    const place = userElsewhere(req)
    if (place)
      hints.say(
        'user-elsewhere',
        `req.user is missing, but there is ${place}: if that is the logged-in user, set visitor: (req) => visitorFrom(${place}) (a function of this package), or return { email } yourself. Reason: no-user.`
      )
  }

  function explainNoEmail(req: Request): void {
    const key = settings.visitor ? undefined : addressElsewhere(userOf(req))
    const where = settings.visitor ? 'The user given to visitorFrom()' : 'req.user'
    hints.say(
      'no-email',
      `${where} has no address in "email" or "emails"${key ? `, but something like one in "${key}"` : ''}: return it from visitor: (req) => ({ email: ... }), or load it in passport.deserializeUser. Reason: no-email.`
    )
  }

  function explainUnverified({ detail }: NoVisitor): void {
    const why = detail
      ? `the mark "${detail}" does not say yes`
      : 'it carries no mark of verification, and requireVerified is set'
    hints.say(
      'unverified',
      `A user's address is not verified (${why}), so the chat stays anonymous: whoever is identified sees that contact's earlier threads. Let the user confirm the address, or return only verified users from "visitor". Reason: unverified.`
    )
  }

  return {
    refuse(req, what, { thrown, answer = req }) {
      const cause = thrown === undefined ? undefined : summarizeCause(thrown)
      if (!refused.has(req) && !refused.has(answer))
        report({ code: 'ERR_VISITOR_INVALID', message: `${what}. ${REFUSED_HINT}`, hint: REFUSED_HINT, cause }, req)
      refused.add(req).add(answer)
    },

    reportMissingSession(req) {
      if (isMissingSessionReported) return
      isMissingSessionReported = true
      const hint =
        'Register express-session (and Passport) before this middleware, or set session: false in an app that does without; until then tokens are kept in memory only.'
      report(
        { code: 'ERR_SESSION_MISSING', message: `A user is logged in, but req.session is missing. ${hint}`, hint },
        req
      )
    },

    explain(req, found) {
      if (!hints.isEnabled) return
      if (found.reason === 'no-user') explainNoUser(req, found)
      else if (found.reason === 'no-email') explainNoEmail(req)
      else if (found.reason === 'unverified') explainUnverified(found)
    },

    late() {
      // With maxWaitMs 0 the app has chosen not to wait.
      if (settings.maxWaitMs > 0)
        hints.say(
          'late',
          `A token took longer than maxWaitMs (${settings.maxWaitMs} ms), so the page was sent without it; it is used for the next page. If this happens often, check the network to HubSpot, or raise maxWaitMs. Reason: late.`
        )
    },

    skipped() {
      if (!hints.isEnabled) return
      skipsInARow += 1
      // A function without parameters cannot depend on the request.
      if (skipsInARow >= SKIPS_IN_A_ROW || settings.skip?.length === 0)
        hints.say(
          'always-skipped',
          'Every request so far was skipped, because "skip" says true: make it return true only for requests without consent, of staff acting as a customer, and the like. Reason: skipped.'
        )
    },

    notSkipped() {
      skipsInARow = Number.NEGATIVE_INFINITY
    }
  }
}
