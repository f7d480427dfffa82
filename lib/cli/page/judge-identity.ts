// Checks whether the page or the token endpoint identifies the visitor, and whether shared caches may store the answer.
// The visitor's data is never printed.
import { maySharedCachesStore } from '../../page/cache-control.js'
import { type Check, failed, ok, skipped, warning } from '../check.js'
import type { Answer } from './http-get.js'
import type { PageFacts } from './read-page.js'
import { explainReason } from './reasons.js'
import type { Identity } from './snippet-text.js'

const AS_GUEST = "Looked at as a guest; to look as a user, give the session's cookie: --cookie 'connect.sid=...'."
const NOBODY_HINT =
  "Is the cookie of a session that is logged in? Outside production, the app's console says why nobody is identified."

/** The identity in the page itself. */
export function identityOf({ snippets, own }: PageFacts): Identity {
  return (
    [...snippets, ...own].map(({ settings }) => settings?.identity).find((identity) => identity !== 'none') ?? 'none'
  )
}

/** Shared caches must not store a page that contains an identity. */
export function judgeCache({ headers }: Answer, facts: PageFacts): Check {
  const id = 'page-cache'
  const isStorable = maySharedCachesStore(headers)
  const holds = identityOf(facts) !== 'none' || facts.hasIdentityInText
  if (holds && isStorable) {
    const what = 'The page holds an identity, and its headers let shared caches store it: others could get it.'
    const hint =
      'Send Cache-Control: private, no-store, no s-maxage and no CDN header; look what changes them behind the app.'
    return failed(id, what, hint)
  }
  if (holds) return ok(id, 'The page holds an identity, and its headers keep it out of shared caches.')
  if (!isStorable) return ok(id, 'The page holds no identity, and its headers keep it out of shared caches.')
  return ok(id, 'The page holds no identity, so caches may store it; a page that they may store is never given one.')
}

/** Checks whether the page itself identifies the visitor. */
export function judgeIdentity(answer: Answer, facts: PageFacts, withCookie: boolean): Check {
  const id = 'page-identity'
  switch (identityOf(facts)) {
    case 'whole':
      if (withCookie) return ok(id, 'The visitor is identified: address and token are there, in their form.')
      return warning(
        id,
        'The visitor is identified although no cookie was sent.',
        'Check that the app has a login that needs none; if not, a cache or the app gives one user to everybody.'
      )
    case 'half':
      return failed(id, 'Of address and token only one is there.', 'Print both, as hubspot.settings holds them.')
    case 'malformed':
      return failed(
        id,
        'Address and token are there, and not in the form that HubSpot takes.',
        'Print them unchanged: not URL-encoded, not escaped for HTML, as hubspot.settings holds them.'
      )
    case 'none':
      break
  }
  if (facts.misplaced.length > 0 || facts.hasEscapedSettings) {
    return skipped(id, 'Whether somebody is identified cannot be told: the snippet does not run.')
  }
  const told = explainReason(facts.reason)
  if (!withCookie) return skipped(id, `Nobody is identified${told ? ` (${told.word})` : ''}. ${AS_GUEST}`)
  if (told) return failed(id, `Nobody is identified (${told.word}).`, told.hint)
  if (maySharedCachesStore(answer.headers) && answer.headers['cache-control'] !== undefined) {
    const hint = 'Send Cache-Control: private on pages for people who are logged in.'
    return failed(
      id,
      'Nobody is identified; the page lets caches store it, and such a page is given no identity.',
      hint
    )
  }
  return failed(id, 'Nobody is identified with this cookie.', NOBODY_HINT)
}

/** Checks whether the page's token endpoint identifies the visitor. */
export function judgeEndpoint({ status, headers, body }: Answer, withCookie: boolean): Check {
  const id = 'page-identity'
  const from = 'The token endpoint'
  if (status === 200) {
    if (!isIdentity(headers, body)) {
      const hint = 'Mount tokenEndpoint() on the path of data-endpoint, above any catch-all that answers with a page.'
      return failed(id, `${from} answers 200 with something that is no identity.`, hint)
    }
    if (maySharedCachesStore(headers)) {
      const hint = 'Look what changes its Cache-Control behind the app: it must stay private, no-store.'
      return failed(id, `${from} identifies the visitor, and shared caches may store its answer.`, hint)
    }
    return ok(id, 'The visitor is identified by the token endpoint.')
  }
  if (status === 204 || status === 401) {
    if (!withCookie) return skipped(id, `${from} says that nobody is logged in. ${AS_GUEST}`)
    return failed(id, `${from} says that nobody is logged in with this cookie.`, NOBODY_HINT)
  }
  return failed(id, `${from} answers ${status}.`, cureOf(status))
}

function isIdentity(headers: Answer['headers'], body: string): boolean {
  if (!/json/i.test(headers['content-type'] ?? '')) return false
  try {
    const { identificationEmail, identificationToken } = Object(JSON.parse(body))
    return typeof identificationEmail === 'string' && typeof identificationToken === 'string'
  } catch {
    return false
  }
}

function cureOf(status: number): string {
  if (status === 503) return 'HubSpot gave no token: run doctor --email with the credential of the app.'
  if (status === 404 || status === 405) return 'Mount it with app.get and the path of data-endpoint.'
  if (status >= 300 && status < 400)
    return 'Mount it before the guard that redirects to a login; it answers guests itself.'
  if (status === 500)
    return "Write tokenEndpoint() with its parentheses where it is mounted, and look at the app's log."
  return "Look at what stands before it in the app, and at the app's log."
}
