// Checks whether the page could be fetched: reachable, a success status, HTML, and no redirect to a login.
import { type Check, failed, ok } from '../check.js'
import type { Opened } from './fetch-page.js'
import type { Answer } from './http-get.js'
import type { PageFacts } from './read-page.js'

const ID = 'page'
const COOKIE_HINT = "Give the Cookie header of a browser that is logged in: --cookie 'connect.sid=...'."
const LOGIN_PATH = /(^|[/._-])(log-?in|sign-?in|auth|sso|session)([/._-]|$)/i

/** The failed check if there is no answer; `undefined` if there is one. */
export function judgeOpening(opened: Opened): Check | undefined {
  if (opened.kind === 'elsewhere') {
    const what = `The page redirects to another origin, ${opened.to.origin}; nothing was sent there.`
    return failed(ID, what, `If that is the app, give its address to --page; if it is a login: ${COOKIE_HINT}`)
  }
  if (opened.kind === 'none') {
    return failed(ID, `The page could not be read: ${opened.reason}.`, opened.hint ?? cure(opened.cause?.code))
  }
  return undefined
}

/** The failed check if the answer's head is not that of a page; `undefined` if it is. */
export function judgeHead({ status, headers }: Answer): Check | undefined {
  if (status < 200 || status >= 300) {
    return failed(
      ID,
      `The page answers ${status}${status >= 300 && status < 400 ? ' and leads nowhere' : ''}.`,
      cureOf(status)
    )
  }
  if (!/^\s*text\/html\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    const hint = 'Give the address of a page that people see; a snippet in anything else is never run.'
    return failed(ID, `The answer (${status}) is no HTML by its Content-Type.`, hint)
  }
  if (/^\s*attachment/i.test(headers['content-disposition'] ?? '')) {
    return failed(
      ID,
      'The answer is a download, which no browser shows.',
      'Give the address of a page that people see.'
    )
  }
  return undefined
}

/** Checks whether redirects ended at a login. The path is not printed, because it can contain tokens and email addresses. */
export function judgePlace(answer: Answer, redirects: number, facts: PageFacts, withCookie: boolean): Check {
  if (redirects === 0) return ok(ID, `The page answers ${answer.status} with HTML.`)
  if (facts.hasPasswordField || LOGIN_PATH.test(answer.url.pathname)) {
    const what = 'The page redirects to a login.'
    return withCookie
      ? failed(ID, what, 'The cookie is not of a session that is logged in, or no longer: copy a fresh one.')
      : failed(ID, what, COOKIE_HINT)
  }
  return ok(
    ID,
    `The page answers ${answer.status} with HTML, after ${redirects === 1 ? 'a redirect' : `${redirects} redirects`}.`
  )
}

function cureOf(status: number): string {
  if (status === 401 || status === 403) return `It wants somebody who is logged in. ${COOKIE_HINT}`
  if (status === 404 || status === 410) return 'Check the address given to --page.'
  if (status >= 500) return "Look at the app's log; the page must work before its chat can."
  return 'Give the address of a page that people see.'
}

function cure(code: string | undefined): string {
  if (code === undefined) return 'Give a page that answers in time and ends; look what this one waits for.'
  if (/CERT|SIGNATURE|SELF_SIGNED/.test(code)) {
    return 'The certificate is not trusted: give its root to Node with NODE_EXTRA_CA_CERTS.'
  }
  if (/EPROTO|SSL|TLS|HPE_/.test(code)) return 'Check whether the app is on http or on https.'
  return 'Check that the app runs, and the host and port given to --page.'
}
