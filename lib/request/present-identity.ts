// Puts what the flow found where the app finds it: on res.locals for the views, on the session for the next request.
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

/** What a run left behind; `response` knows what the view has read. */
export type Presented = { readonly view: HubSpotLocals; readonly response: PersonalResponse }

/** Puts the answer of a run where the app looks for it. */
export type PresentIdentity = (req: Request, res: Response, identity: RequestIdentity) => Presented

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
  const showIdentity = createLocals(settings, report, hints)
  const { localsKey, account, forgetOnLogout } = settings
  const sessionKey = sessions && settings.sessionKey
  const rules = createResponseRules({ account, sessionKey, forgetOnLogout, isPassive }, report)
  const pageHints = hints.isHeard ? createPageHints(settings, hints) : undefined

  return function presentIdentity(req, res, identity) {
    // An earlier run's view leads to what it left behind. A property on the response would give every response a shape of its
    // own, and a WeakMap that every request adds to keeps the garbage collector busy: each costs more than all the rest of this.
    const { locals } = res
    const earlier = responseBehind(locals[localsKey])
    const response = earlier?.isOf(res, rules) ? earlier : new PersonalResponse(req, res, rules)
    response.begin(identity)
    pageHints?.begin(req, res, { response, identity, earlier })
    const view = showIdentity(req, res, identity, response)
    try {
      locals[localsKey] = view
    } catch {
      // Locals that cannot be written to are the app's; the endpoint and the session do without them.
    }
    keepOnSession(req, res, identity)
    // Not left for the next page: that may come to another process, which would mint once more.
    if (identity.later) ignoreRejection(identity.later.then((found) => keepOnSession(req, res, found)))
    return { view, response }
  }

  function keepOnSession(req: Request, res: Response, identity: RequestIdentity): void {
    const { identification, holder, outcome } = identity
    // A token that came from the session is there already.
    if (!sessions || !identification || !holder || outcome === 'session' || isPassive(req)) return
    sessions.keep(req, res, { ...identification, account: holder.account }, identity)
  }
}
