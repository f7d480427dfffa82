// Puts the result of the request flow on res.locals for the views, and on the session for the next request.
import type { Request, Response } from 'express'
import type { Hints, Report } from '../diagnostics.js'
import { createLocals, type HubSpotLocals, type LocalsSettings } from '../page/locals.js'
import { createPageHints } from '../page/page-hints.js'
import { createResponseRules, PersonalResponse, responseBehind } from '../page/personal-response.js'
import type { SessionEntries } from '../session/session-entries.js'
import { ignoreRejection } from '../visitor/thenable.js'
import { isPassive } from './destination.js'
import type { RequestIdentity } from './request-identity.js'

/** The part of the settings that decides where things are put. */
export type PresentSettings = LocalsSettings & {
  readonly localsKey: string
  readonly sessionKey: string
  readonly account: string
  readonly forgetOnLogout: boolean
  readonly autoInsert: boolean
}

/** The view of a run, and its response, which knows what was read of the view. */
export type Presented = { readonly view: HubSpotLocals; readonly response: PersonalResponse }

/** Puts the result of a run on res.locals and on the session. */
export type PresentIdentity = {
  (req: Request, res: Response, identity: RequestIdentity): Presented
  /** Drops the rendered text of this address. */
  forget(email: string): void
}

/** What the presenter is made of; without `sessions` nothing is kept on a session. */
export type PresentParts = {
  readonly sessions: SessionEntries | undefined
  readonly report: Report
  readonly hints: Hints
}

/** Makes the presenter of an instance. */
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
    // The response is found through the view of an earlier run. A property on `res` would give each response a hidden class of its
    // own, and a WeakMap entry for each request costs the garbage collector: both were measured as slower than all else here.
    const { locals } = res
    const earlier = responseBehind(locals[localsKey])
    const response = earlier?.isOf(res, rules) ? earlier : new PersonalResponse(req, res, rules)
    response.begin(identity)
    pageHints?.begin(req, res, { response, identity, earlier })
    const view = views.show(req, res, identity, response)
    try {
      locals[localsKey] = view
    } catch {
      // The app has frozen res.locals; the endpoint and the session do not need it.
    }
    keepOnSession(req, res, identity)
    // Kept on the session now: the next page may be served by another process, which would mint again.
    if (identity.later) ignoreRejection(identity.later.then((found) => keepOnSession(req, res, found)))
    return { view, response }
  }

  function keepOnSession(req: Request, res: Response, identity: RequestIdentity): void {
    const { identification, holder, outcome } = identity
    // A token that came from the session need not be written.
    if (!sessions || !identification || !holder || outcome === 'session' || isPassive(req)) return
    sessions.keep(req, res, { ...identification, account: holder.account }, identity)
  }

  return Object.assign(presentIdentity, { forget: views.forget })
}
