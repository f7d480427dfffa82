// The state of one response: whether it contains the identity (then no shared cache may store it), and whether it expires the chat's
// cookies. Not part of Page, which is created for each run of the middleware: a response has one state for all runs. Not part of View,
// which is the object that templates read.
import type { Request, Response } from 'express'
import onHeaders from 'on-headers'
import type { Report } from '../diagnostics.js'
import { createHeaderGuard, isPublic, keepPersonal, makePersonal, makeUnstorable } from './cache-control.js'
import { forget, hasForgotten, isPrefetch, isSwappedIn, type Mark, mark, sentMark } from './forget-on-logout.js'

/** The hidden property of a view that gives its response; a symbol, so that it cannot collide with the view's properties. */
export const RESPONSE = Symbol('response')

/** The response of a view; `undefined` if the value is no view. */
export function responseBehind(view: unknown): PersonalResponse | undefined {
  return (view as { readonly [RESPONSE]?: PersonalResponse } | undefined)?.[RESPONSE]
}

/** The states of a response, one for each instance that has a view on its locals. */
export function responsesOn(res: Response): PersonalResponse[] {
  try {
    const found = Object.values(res.locals).map(responseBehind)
    return [...new Set(found)].filter((response) => response !== undefined)
  } catch {
    // The app may have replaced res.locals, or added a getter that throws.
    return []
  }
}

/** The part of the request flow's result that a response needs. */
export type ResponseIdentity = {
  /** Whether no user is logged in at this moment, also after a login or logout later in the request. */
  isNobodyNow(): boolean
}

/** The state of one response for one instance, shared by all runs of its middleware. */
export class PersonalResponse {
  /** Whether a view has read the snippet or the settings. */
  isPrinted = false
  readonly #req: Request
  readonly #res: Response
  readonly #rules: ResponseRules
  /** The cookie of a browser that was identified on an earlier page, if the request has it. */
  readonly #mark: Mark | undefined
  /** The result of the latest run. Private, so that no log of this object shows a token. */
  #identity: ResponseIdentity | undefined
  #claim: 'granted' | 'refused' | undefined
  #isWatched = false
  /** Whether the snippet removes the identity that an earlier page has left in the same document. */
  #removesIdentity = false

  constructor(req: Request, res: Response, rules: ResponseRules) {
    this.#req = req
    this.#res = res
    this.#rules = rules
    this.#mark = rules.forgetOnLogout ? sentMark(req) : undefined
  }

  /** Whether this belongs to that response and instance: an app can copy locals from one response to another. */
  isOf(res: Response, rules: ResponseRules): boolean {
    return this.#res === res && this.#rules === rules
  }

  /** Whether this belongs to the same response and another instance. */
  isBeside(other: PersonalResponse): boolean {
    return this.#res === other.#res && this.#rules !== other.#rules
  }

  /** Whether another instance for another account keeps its tokens under the same `sessionKey`. */
  sharesSessionKeyWith(other: PersonalResponse): boolean {
    const { sessionKey, account } = other.#rules
    return (
      this.isBeside(other) &&
      sessionKey !== undefined &&
      this.#rules.sessionKey === sessionKey &&
      this.#rules.account !== account
    )
  }

  /** Starts a run of the middleware. If the identity was refused in an earlier run, it may be tried again. */
  begin(identity: ResponseIdentity): void {
    this.#identity = identity
    if (this.#claim === 'refused') this.#claim = undefined
    if (this.#mark) this.#watchHead()
  }

  /** Whether this response may contain the identity. */
  canBeClaimed(): boolean {
    return this.#claim ? this.isClaimed : !isPublic(this.#res)
  }

  /** Whether this response contains the identity. */
  get isClaimed(): boolean {
    return this.#claim === 'granted'
  }

  /** Called before the identity is put into this response: makes the response private, or gives `false`. */
  claim(): boolean {
    if (this.#claim) return this.isClaimed
    if (!makePersonal(this.#res)) {
      this.#claim = 'refused'
      this.#rules.reportRefused(this.#res)
      return false
    }
    this.#claim = 'granted'
    this.#watchHead()
    return true
  }

  /**
   * Whether this page, without an identity, is swapped into a document that may still hold one: its snippet then removes it.
   * Without `forgetOnLogout` there are no cookies that tell, so it always does.
   */
  removeIdentity(): boolean {
    if (this.#rules.forgetOnLogout && !this.#mark && !hasForgotten(this.#req)) return false
    if (this.#res.writableEnded || !isSwappedIn(this.#req)) return false
    this.#removesIdentity = true
    this.#watchHead()
    return true
  }

  /** Called when a view reads the snippet or the settings, with or without an identity. */
  markPrinted(): void {
    this.isPrinted = true
  }

  #mustForget(): boolean {
    if (!this.#identity?.isNobodyNow() || this.#isClaimedByAnother()) return false
    return !isPrefetch(this.#req) && !this.#rules.isPassive(this.#req)
  }

  /** Whether another instance has put an identity into this response. */
  #isClaimedByAnother(): boolean {
    return responsesOn(this.#res).some((response) => response.isClaimed)
  }

  #watchHead(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    onHeaders(this.#res, () => this.#finishHead())
  }

  /** Runs just before the headers are sent: a login in this request cancels forgetting, and the app may have changed headers. */
  #finishHead(): void {
    if (this.isClaimed) {
      if (!keepPersonal(this.#res)) this.#rules.reportOverridden(this.#res)
      if (this.#rules.forgetOnLogout && !this.#mark) mark(this.#req, this.#res)
      this.#rules.guardHeaders(this.#res)
    } else if (this.#mark && this.#mustForget()) {
      forget(this.#req, this.#res, this.#mark)
      makeUnstorable(this.#res)
      guardForgetting(this.#res)
    } else if (this.#removesIdentity && this.#claim !== 'refused') {
      makeUnstorable(this.#res)
      guardForgetting(this.#res)
    }
  }
}

/** What all responses of an instance have in common. */
export type ResponseRules = {
  /** `undefined` if no tokens are kept on sessions. */
  readonly sessionKey: string | undefined
  readonly account: string
  readonly forgetOnLogout: boolean
  isPassive(req: Request): boolean
  /** Reports that a response could not be made private, so that the identity was left out. */
  reportRefused(res: Response): void
  /** Reports, once for each response, that a response was made private although the app had made it public. */
  reportOverridden(res: Response): void
  /** Protects this response from later header changes that would let caches store it. */
  guardHeaders(res: Response): void
}

/** Such a page contains no identity, so an app that makes it public is not reported. */
const guardForgetting = createHeaderGuard(() => undefined)

/** Creates the rules of an instance. */
export function createResponseRules(
  settings: Pick<ResponseRules, 'sessionKey' | 'account' | 'forgetOnLogout' | 'isPassive'>,
  report: Report
): ResponseRules {
  const overridden = new WeakSet<Response>()

  function reportPublic(res: Response, what: string): void {
    const hint = 'Do not let shared caches store pages that print the identity: send Cache-Control private on them.'
    report(
      { code: 'ERR_PUBLIC_CACHE', message: `A response with an identity allows shared caches. ${what}. ${hint}`, hint },
      res.req
    )
  }

  function reportOverridden(res: Response): void {
    if (!overridden.has(res)) reportPublic(res, 'Its headers were made private again')
    overridden.add(res)
  }

  const { sessionKey, account, forgetOnLogout, isPassive } = settings
  return {
    sessionKey,
    account,
    forgetOnLogout,
    isPassive,
    reportRefused: (res) => reportPublic(res, 'The identity was left out of this response'),
    reportOverridden,
    guardHeaders: createHeaderGuard(reportOverridden)
  }
}
