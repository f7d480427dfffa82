// One response and what it may carry: claimed by whoever reads the identity, checked once more when its head is written.
import type { Request, Response } from 'express'
import onHeaders from 'on-headers'
import type { Report } from '../diagnostics.js'
import type { RequestIdentity } from '../request-identity.js'
import { holdPersonal, isPublic, keepPersonal, makePersonal, makeUnstorable } from './cache-control.js'
import { forget, isMarked, isPrefetch, mark } from './forget.js'
import { responseBehind } from './view.js'

/** The state of one response, shared by all runs of the middleware in it. */
export class PersonalResponse {
  /** Whether a view has printed the snippet or its settings itself. */
  isPrinted = false
  readonly #req: Request
  readonly #res: Response
  readonly #rules: ResponseRules
  readonly #isMarked: boolean
  /** What the latest run found; private, so that no dump of the response shows a token. */
  #identity: RequestIdentity | undefined
  #claim: 'granted' | 'refused' | undefined
  #isWatched = false

  constructor(req: Request, res: Response, rules: ResponseRules) {
    this.#req = req
    this.#res = res
    this.#rules = rules
    this.#isMarked = rules.forgetOnLogout && isMarked(req)
  }

  /** Whether this is what that instance knows of that response: locals can be carried from one response to another. */
  isOf(res: Response, rules: ResponseRules): boolean {
    return this.#res === res && this.#rules === rules
  }

  /** Starts a run: what an earlier run in the same response was refused may be asked for again. */
  begin(identity: RequestIdentity): void {
    this.#identity = identity
    if (this.#claim === 'refused') this.#claim = undefined
    if (this.#isMarked) this.#watchHead()
  }

  /** Whether the identity could be put into this response. */
  canBeClaimed(): boolean {
    return this.#claim ? this.isClaimed : !isPublic(this.#res)
  }

  /** Whether this response carries the identity. */
  get isClaimed(): boolean {
    return this.#claim === 'granted'
  }

  /** Puts the identity into this response: from now on no shared cache may store it. */
  claim(): boolean {
    if (this.#claim) return this.isClaimed
    if (!makePersonal(this.#res)) {
      this.#claim = 'refused'
      this.#report('The identity was left out of this response')
      return false
    }
    this.#claim = 'granted'
    this.#watchHead()
    return true
  }

  /** Remembers that a view prints what there is to print, somebody's or nobody's. */
  markPrinted(): void {
    this.isPrinted = true
  }

  #mustForget(): boolean {
    if (!this.#isMarked || !this.#identity?.isNobodyNow() || this.#isClaimedByAnother()) return false
    return !isPrefetch(this.#req) && !this.#rules.isPassive(this.#req)
  }

  /** Another account's instance, whose view stands under a name of its own, may know the user. */
  #isClaimedByAnother(): boolean {
    try {
      return Object.values(this.#res.locals).some((view) => responseBehind(view)?.isClaimed)
    } catch {
      // The locals are the app's: replaced by nothing, or with something among them that throws when it is looked at.
      return false
    }
  }

  #watchHead(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    onHeaders(this.#res, () => this.#finishHead())
  }

  /** Decided as late as can be: a login in this request cancels forgetting, and a header set after the read is seen. */
  #finishHead(): void {
    if (this.isClaimed) {
      const isKept = keepPersonal(this.#res)
      if (!isKept) this.#reportOverridden()
      if (this.#rules.forgetOnLogout && !this.#isMarked) mark(this.#req, this.#res)
      holdPersonal(this.#res, () => {
        if (isKept) this.#reportOverridden()
      })
    } else if (this.#mustForget()) {
      forget(this.#req, this.#res)
      makeUnstorable(this.#res)
      holdPersonal(this.#res, () => undefined)
    }
  }

  #reportOverridden(): void {
    this.#report('Its headers were made private again')
  }

  #report(what: string): void {
    const hint = 'Do not let shared caches store pages that print the identity: send Cache-Control private on them.'
    this.#rules.report(
      { code: 'ERR_PUBLIC_CACHE', message: `A response with an identity allows shared caches. ${what}. ${hint}`, hint },
      this.#req
    )
  }
}

/** What holds for all responses of an instance. */
export type ResponseRules = {
  readonly forgetOnLogout: boolean
  readonly report: Report
  isPassive(req: Request): boolean
}
