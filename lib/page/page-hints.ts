// Hints about mistakes in pages: checks whether the snippet was printed, once and unescaped, and whether two instances use the same key.
// Used only when hints are enabled; changes no page.
import type { Request, Response } from 'express'
import type { Hints } from '../diagnostics.js'
import { INLINE_SCRIPT } from './browser-code.js'
import type { PageIdentity } from './page.js'
import { type PersonalResponse, responsesOn } from './personal-response.js'

/** The settings of the page hints. */
export type PageHintSettings = {
  readonly autoInsert: boolean
  readonly localsKey: string
  readonly sessionKey: string
  readonly account: string
}

/** One run of the middleware for a response. */
export type PageRun = {
  readonly response: PersonalResponse
  readonly identity: PageIdentity & { hasMissedSession(): boolean }
  /** The response of the view that was on the locals before this run. */
  readonly earlier: PersonalResponse | undefined
}

/** The page hints of one instance. */
export type PageHints = { begin(req: Request, res: Response, run: PageRun): void }

/** The hint for an app that never prints the snippet. Silenced once a page prints it, or the app uses tokenEndpoint(). */
export const NEVER_READ = 'never-read'

/** The start of the snippet's script; HTML escaping does not change it. */
const SCRIPT_START = `(${INLINE_SCRIPT.slice(0, INLINE_SCRIPT.indexOf('{') + 1)}`
const UNESCAPED_SNIPPET = `>${SCRIPT_START}`
const ESCAPED = [
  new RegExp(`&(?:gt|#62|#x3e);${SCRIPT_START.replace(/[()]/g, '\\$&')}`, 'i'),
  /&lt;script[^<>]{0,400}hs-script-loader/i,
  /&(?:quot|#34|#x22);identification(?:Email|Token)&/i
]
const FULL_PAGE = /<(?:!doctype\s|html[\s>])|<\/(?:head|body)\s*>/i

/** By session store and `sessionKey`: the accounts of the instances that use them. Needed for instances on different routers, which never
 * run in the same request. */
const keepers = new WeakMap<object, Map<string, Set<string>>>()

/** Creates the page hints of an instance. */
export function createPageHints(settings: PageHintSettings, hints: Hints): PageHints {
  const { autoInsert, localsKey, sessionKey, account } = settings
  /** The latest run of each response. */
  const runs = new WeakMap<Response, PageRun>()
  const sentAsText = new WeakSet<Response>()

  function isIdentified({ identity }: PageRun): boolean {
    return identity.identification !== undefined && identity.isCurrent()
  }

  function lookAtHtml(req: Request, res: Response, html: string): void {
    const run = runs.get(res)
    if (!run) return
    const { response } = run
    if (response.isPrinted) hints.silence(NEVER_READ)
    const printed = html.split(UNESCAPED_SNIPPET).length - 1
    if (ESCAPED.some((form) => form.test(html)))
      hints.say(
        'escaped',
        `The snippet was printed escaped, so it is text on the page and no script: print it unescaped, for example <%- ${localsKey}.snippet %> (EJS), != ${localsKey}.snippet (Pug), {{{${localsKey}.snippet}}} (Handlebars) or {{ ${localsKey}.snippet | safe }} (Nunjucks).`
      )
    else if (printed > Math.max(1, responsesOn(res).length))
      hints.say(
        'twice',
        "The snippet was printed more than once in a page: print it once, in the layout's head, above HubSpot's embed code."
      )
    if (!FULL_PAGE.test(html) || !isIdentified(run)) return
    if (autoInsert && req.method === 'GET' && printed === 0 && !response.isPrinted)
      hints.say(
        'left-alone',
        'autoInsert left a page alone, because it found neither a closing </head> nor a closing </body> to insert before: write one of them, or print the snippet in the view.'
      )
    else if (!autoInsert && !response.isPrinted)
      hints.say(
        NEVER_READ,
        `A user is identified, but the page never read ${localsKey}.snippet, so the chat stays anonymous: print it in the layout's head, above HubSpot's embed code, or set autoInsert: true.`
      )
  }

  function watchSend(req: Request, res: Response): void {
    const { send } = res
    res.send = function sendAndLook(this: Response, ...args: unknown[]) {
      const html = args.find((argument) => typeof argument === 'string')
      if (typeof html === 'string' && isHtml(res, true)) {
        sentAsText.add(res)
        lookAtHtml(req, res, html)
      }
      return send.apply(this, args as [unknown])
    }
  }

  function lookAtEnd(req: Request, res: Response): void {
    const run = runs.get(res)
    if (!run) return
    if (run.identity.hasMissedSession())
      hints.say(
        'no-session',
        'express-session ran after this middleware, which therefore found neither session nor user: mount the middleware behind express-session and passport.session(). Reason: no-user.'
      )
    if (run.response.isPrinted) hints.silence(NEVER_READ)
    const isWholePage = req.method === 'GET' && res.statusCode === 200 && isHtml(res, false)
    if (!isWholePage || sentAsText.has(res) || !run.identity.identification || run.response.isPrinted) return
    if (autoInsert)
      hints.say(
        'left-alone',
        'autoInsert left a page alone, because it was sent as a file, a stream or a buffer, or with res.end: only pages sent as text with res.send or res.render get the snippet. Use tokenEndpoint() and browserScript() for static pages.'
      )
    else
      hints.say(
        NEVER_READ,
        `A user is identified, but a page sent as a file, a stream or with res.end never read ${localsKey}.snippet, so the chat does not know: print it in the page's head, above HubSpot's embed code; static pages need tokenEndpoint() and browserScript().`
      )
  }

  /** Two instances with the same key overwrite each other's view or token. */
  function lookForOthers(req: Request, res: Response, { response, earlier }: PageRun): void {
    if (earlier && earlier !== response && earlier.isBeside(response))
      hints.say(
        'same-locals-key',
        `Two instances put their view on res.locals.${localsKey}, so only the last one is seen: give each a localsKey of its own.`
      )
    if (
      responsesOn(res).some((other) => other.sharesSessionKeyWith(response)) ||
      isKeptByAnother(req, { sessionKey, account })
    )
      hints.say(
        'same-session-key',
        `Two instances for different HubSpot accounts keep their tokens on req.session.${sessionKey} and replace each other's, which writes the session on every page: give each a sessionKey of its own.`
      )
  }

  return {
    begin(req, res, run) {
      lookForOthers(req, res, run)
      const isKnown = runs.has(res)
      runs.set(res, run)
      if (isKnown) return
      watchSend(req, res)
      res.once('finish', () => lookAtEnd(req, res))
    }
  }
}

function isHtml(res: Response, isAssumed: boolean): boolean {
  const type = res.getHeader('Content-Type')
  const isAttachment = /^\s*attachment/i.test(String(res.getHeader('Content-Disposition') ?? ''))
  return !isAttachment && (type === undefined ? isAssumed : /^\s*text\/html\b/i.test(String(type)))
}

/** Whether the session holds a token of another account, of which this process has an instance with the same `sessionKey`. */
function isKeptByAnother(req: Request, { sessionKey, account }: { sessionKey: string; account: string }): boolean {
  const { session, sessionStore } = req as object as { session?: Record<string, unknown>; sessionStore?: object }
  if (!session || !sessionStore) return false
  const byKey = keepers.get(sessionStore) ?? new Map<string, Set<string>>()
  const accounts = byKey.get(sessionKey) ?? new Set<string>()
  keepers.set(sessionStore, byKey.set(sessionKey, accounts.add(account)))
  const kept = (session[sessionKey] as { account?: unknown } | undefined)?.account
  return typeof kept === 'string' && kept !== account && accounts.has(kept)
}
