// Puts the result of the request flow on res.locals, for the views, and the token on the session, for the next request.
import type { Request, Response } from 'express'
import type { Hints, Report } from '../diagnostics.js'
import { createLocals, type HubSpotLocals, type LocalsSettings } from '../page/locals.js'
import { createPageHints } from '../page/page-hints.js'
import { createResponseRules, PersonalResponse, responseBehind } from '../page/personal-response.js'
import type { SessionEntries } from '../session/session-entries.js'
import { ignoreRejection } from '../visitor/thenable.js'
import { isPassive } from './destination.js'
import type { RequestIdentity } from './request-identity.js'

/** The settings of this step. */
export type PresentSettings = LocalsSettings & {
  readonly localsKey: string
  readonly sessionKey: string
  readonly account: string
  readonly forgetOnLogout: boolean
  readonly autoInsert: boolean
}

/** The view that was put on the locals, and the state of its response. */
export type Presented = { readonly view: HubSpotLocals; readonly response: PersonalResponse }

/** Puts the result of a run on res.locals, and its token on the session. */
export type PresentIdentity = {
  (req: Request, res: Response, identity: RequestIdentity): Presented
  /** Drops the cached text of this address. */
  forget(email: string): void
}

/** The parts that are used. Without `sessions` no token is put on a session. */
export type PresentParts = {
  readonly sessions: SessionEntries | undefined
  readonly report: Report
  readonly hints: Hints
}

/** Creates this step of an instance. */
export function createPresentIdentity(
  settings: PresentSettings,
  { sessions, report, hints }: PresentParts
): PresentIdentity {
  const views = createLocals(settings, report, hints)
  const { localsKey, account, forgetOnLogout } = settings
  const sessionKey = sessions && settings.sessionKey
  const rules = createResponseRules({ account, sessionKey, forgetOnLogout, isPassive }, report)
  const pageHints = hints.isEnabled ? createPageHints(settings, hints) : undefined

  function presentIdentity(req: Request, res: Response, identity: RequestIdentity): Presented {
    // The state of the response is found by the view of an earlier run. A property on `res` would give each response its own V8 hidden
    // class, and a WeakMap entry per request slows garbage collection: both were measured as slower than all other work here.
    const { locals } = res
    const earlier = responseBehind(locals[localsKey])
    const response = earlier?.isOf(res, rules) ? earlier : new PersonalResponse(req, res, rules)
    response.begin(identity)
    pageHints?.begin(req, res, { response, identity, earlier })
    const view = views.show(req, res, identity, response)
    try {
      locals[localsKey] = view
    } catch {
      // The app has frozen res.locals. The token endpoint and the session do not need it.
    }
    keepOnSession(req, res, identity)
    // A late token is put on the session too: another process may serve the next page, and would mint again.
    if (identity.later) ignoreRejection(identity.later.then((found) => keepOnSession(req, res, found)))
    return { view, response }
  }

  function keepOnSession(req: Request, res: Response, identity: RequestIdentity): void {
    const { identification, holder, outcome } = identity
    // A token that was read from the session need not be written.
    if (!sessions || !identification || !holder || outcome === 'session' || isPassive(req)) return
    sessions.keep(req, res, { ...identification, account: holder.account }, identity)
  }

  return Object.assign(presentIdentity, { forget: views.forget })
}
