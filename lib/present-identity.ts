// Puts what the flow found where the app finds it: on res.locals for the views, on the session for the next request.
import type { Request, Response } from 'express'
import type { Report } from './diagnostics.js'
import { isPassive } from './identify-request.js'
import { createLocals, type HubSpotLocals, type LocalsSettings } from './page/locals.js'
import { PersonalResponse } from './page/personal-response.js'
import type { RequestIdentity } from './request-identity.js'
import type { SessionEntries } from './session.js'

/** The part of the settings that decides where things are put. */
export type PresentSettings = LocalsSettings & { readonly localsKey: string; readonly forgetOnLogout: boolean }

/** What a run left behind; `response` knows what the view has read. */
export type Presented = { readonly view: HubSpotLocals; readonly response: PersonalResponse }

/** Puts the answer of a run where the app looks for it. */
export type PresentIdentity = (req: Request, res: Response, identity: RequestIdentity) => Presented

/** Makes the presenter of an instance. */
export function createPresentIdentity(
  settings: PresentSettings,
  sessions: SessionEntries,
  report: Report
): PresentIdentity {
  const showIdentity = createLocals(settings, report)
  // On the response itself: a WeakMap that every request adds to costs the garbage collector more than all the rest of this.
  const RESPONSE = Symbol('hubspot-identification')
  const rules = { forgetOnLogout: settings.forgetOnLogout, report, isPassive }

  return function presentIdentity(req, res: Response & { [RESPONSE]?: PersonalResponse }, identity) {
    const response = res[RESPONSE] ?? new PersonalResponse(req, res, rules)
    res[RESPONSE] = response
    response.begin(identity)
    const view = showIdentity(req, res, identity, response)
    res.locals[settings.localsKey] = view
    const { identification, holder } = identity
    // A token that came from the session is there already.
    if (identification && holder && identity.outcome !== 'session' && !isPassive(req)) {
      sessions.keep(req, res, { ...identification, account: holder.account }, () => identity.isCurrent())
    }
    return { view, response }
  }
}
