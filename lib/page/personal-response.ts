// One response: whether it carries the identity (then no shared cache may store it), and whether it makes the browser forget.
// Apart from Page, which is made for each run of the middleware: a response has one state for all runs. Apart from View, which is
// the part of a page that templates and dumps can see.
import type { Request, Response } from 'express'
import onHeaders from 'on-headers'
import type { Report } from '../diagnostics.js'
import { createHold, isPublic, keepPersonal, makePersonal, makeUnstorable } from './cache-control.js'
import { forget, hasForgotten, isPrefetch, isSwappedIn, type Mark, mark, sentMark } from './forget-on-logout.js'

/** How this library gets from a view to its response; a symbol, so that no property of the view has this name. */
export const RESPONSE = Symbol('response')

/** The response that a view was made for; `undefined` for anything but a view. */
export function responseBehind(view: unknown): PersonalResponse | undefined {
  return (view as { readonly [RESPONSE]?: PersonalResponse } | undefined)?.[RESPONSE]
}

/** The responses behind all views on the locals of this response, one for each instance. */
export function responsesOn(res: Response): PersonalResponse[] {
  try {
    const found = Object.values(res.locals).map(responseBehind)
    return [...new Set(found)].filter((response) => response !== undefined)
  } catch {
    // The app may have replaced res.locals, or put a getter there that throws.
    return []
  }
}

/** What a response needs to know of the result of the request flow. */
export type ResponseIdentity = {
  /** Whether nobody is logged in now: a login later in the request counts, and so does a logout. */
  isNobodyNow(): boolean
}

/** The state of one response, shared by all runs of the middleware in it. */
export class PersonalResponse {
  /** Whether a view has printed the snippet or its settings itself. */
  isPrinted = false
  readonly #req: Request
  readonly #res: Response
  readonly #rules: ResponseRules
  /** The cookie that says that this browser was identified on an earlier page. */
  readonly #mark: Mark | undefined
  /** The result of the latest run; private, so that no dump of the response shows a token. */
  #identity: ResponseIdentity | undefined
  #claim: 'granted' | 'refused' | undefined
  #isWatched = false
  /** Whether the page takes away what an earlier page in the same document identified. */
  #takesAway = false

  constructor(req: Request, res: Response, rules: ResponseRules) {
    this.#req = req
    this.#res = res
    this.#rules = rules
    this.#mark = rules.forgetOnLogout ? sentMark(req) : undefined
  }

  /** Whether this was made for that response and that instance: an app can copy locals from one response to another. */
  isOf(res: Response, rules: ResponseRules): boolean {
    return this.#res === res && this.#rules === rules
  }

  /** Whether this was made for the same response by another instance. */
  isBeside(other: PersonalResponse): boolean {
    return this.#res === other.#res && this.#rules !== other.#rules
  }

  /** Whether another instance, of another account, keeps its tokens under the same key of the same session. */
  sharesSessionKeyWith(other: PersonalResponse): boolean {
    const { sessionKey, account } = other.#rules
    return (
      this.isBeside(other) &&
      sessionKey !== undefined &&
      this.#rules.sessionKey === sessionKey &&
      this.#rules.account !== account
    )
  }

  /** Starts a run of the middleware. A claim that was refused in an earlier run may be made again. */
  begin(identity: ResponseIdentity): void {
    this.#identity = identity
    if (this.#claim === 'refused') this.#claim = undefined
    if (this.#mark) this.#watchHead()
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
      this.#rules.reportRefused(this.#res)
      return false
    }
    this.#claim = 'granted'
    this.#watchHead()
    return true
  }

  /**
   * Whether this guest's page is swapped into a document that may still carry an identity: then its snippet takes that away.
   * Without marks nothing is known of the browser, so it always may.
   */
  takeAway(): boolean {
    if (this.#res.writableEnded || !isSwappedIn(this.#req)) return false
    if (this.#rules.forgetOnLogout && !this.#mark && !hasForgotten(this.#req)) return false
    this.#takesAway = true
    this.#watchHead()
    return true
  }

  /** Remembers that a view has read what a page prints, with or without an identity. */
  markPrinted(): void {
    this.isPrinted = true
  }

  #mustForget(): boolean {
    if (!this.#identity?.isNobodyNow() || this.#isClaimedByAnother()) return false
    return !isPrefetch(this.#req) && !this.#rules.isPassive(this.#req)
  }

  /** Whether an instance with another `localsKey` has identified somebody in this response. */
  #isClaimedByAnother(): boolean {
    return responsesOn(this.#res).some((response) => response.isClaimed)
  }

  #watchHead(): void {
    if (this.#isWatched) return
    this.#isWatched = true
    onHeaders(this.#res, () => this.#finishHead())
  }

  /** Decided just before the headers are sent: a login in this request cancels forgetting, and the app may have changed headers. */
  #finishHead(): void {
    if (this.isClaimed) {
      if (!keepPersonal(this.#res)) this.#rules.reportOverridden(this.#res)
      if (this.#rules.forgetOnLogout && !this.#mark) mark(this.#req, this.#res)
      this.#rules.holdPersonal(this.#res)
    } else if (this.#mark && this.#mustForget()) {
      forget(this.#req, this.#res, this.#mark)
      makeUnstorable(this.#res)
      holdForgetting(this.#res)
    } else if (this.#takesAway && this.#claim !== 'refused') {
      makeUnstorable(this.#res)
      holdForgetting(this.#res)
    }
  }
}

/** What is the same for all responses of an instance. */
export type ResponseRules = {
  /** `undefined` where nothing is kept on sessions. */
  readonly sessionKey: string | undefined
  readonly account: string
  readonly forgetOnLogout: boolean
  isPassive(req: Request): boolean
  /** Tells the operator that a response could not be made personal. */
  reportRefused(res: Response): void
  /** Tells the operator, once for each response, that a response was made personal against what the app said. */
  reportOverridden(res: Response): void
  /** Keeps later header changes from making this response storable. */
  holdPersonal(res: Response): void
}

/** A page that makes the browser forget carries no identity, so an app that lets caches store it is not reported. */
const holdForgetting = createHold(() => undefined)

/** Makes the rules of an instance. */
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
    holdPersonal: createHold(reportOverridden)
  }
}
