// Forgetting at logout: a cookie marks a browser that was identified; when it comes back with nobody logged in, HubSpot's chat
// cookies are expired.
import { isIP } from 'node:net'
import { stringifySetCookie } from 'cookie'
import type { Request, Response } from 'express'

/**
 * The chat's cookies, as `HubSpotConversations.clear()` deletes them; the analytics cookies stay.
 * https://knowledge.hubspot.com/reports/what-cookies-does-hubspot-set-in-a-visitor-s-browser
 */
const CHAT_COOKIES = ['messagesUtk', 'hs-messages-is-open', 'hs-messages-hide-welcome-message']

/** A cookie that marks a browser. `sent` finds it in a Cookie header, and not a cookie whose name or value contains its name. */
export type Mark = { readonly name: string; readonly isSecure: boolean; readonly sent: RegExp }

const OPEN_MARK: Mark = {
  name: 'hubspot-identified',
  isSecure: false,
  sent: /(?:^|;)\s*hubspot-identified=1\s*(?:;|$)/
}
/** Over https only this one counts, which is bound to its host: any subdomain can set the other. */
const BOUND_MARK: Mark = {
  name: '__Host-hubspot-identified',
  isSecure: true,
  sent: /(?:^|;)\s*__Host-hubspot-identified=1\s*(?:;|$)/
}
/**
 * A session cookie set when a browser was made to forget: open documents may still carry the identity, and a page that is swapped
 * into one takes it away. It needs no protection: all that setting it does is that a guest's page removes an identity.
 */
const FORGOTTEN = 'hubspot-forgotten'
/** In the Cookie header with either mark. */
const MARK_TEXT = `${OPEN_MARK.name}=1`
/** The longest a browser keeps a cookie: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html */
const MARK_SECONDS = 400 * 24 * 60 * 60
/** A longer host name is a forged one, and would only make the headers grow. */
const MAX_PARENT_DOMAINS = 8
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/

/** The mark of a browser that was identified on an earlier page. */
export function sentMark(req: Request): Mark | undefined {
  const { cookie } = req.headers
  if (!cookie?.includes(MARK_TEXT)) return undefined
  // Tested first: browsers send it over https only, so the slow req.secure is not needed.
  if (BOUND_MARK.sent.test(cookie)) return BOUND_MARK
  return OPEN_MARK.sent.test(cookie) && !req.secure ? OPEN_MARK : undefined
}

/** Whether a script of a page asked, as Turbo Drive and htmx do for pages they swap in; older browsers send no `Sec-Fetch-Dest`. */
export function isSwappedIn({ headers }: Request): boolean {
  return headers['sec-fetch-dest'] === 'empty' || 'x-turbo-request-id' in headers || 'hx-request' in headers
}

/** Whether this browser was made to forget since it was started. */
export function hasForgotten(req: Request): boolean {
  return req.headers.cookie?.includes(`${FORGOTTEN}=1`) ?? false
}

/** Remembers, without personal data, that this browser was identified. */
export function mark(req: Request, res: Response): void {
  appendCookies(res, [markCookie(req.secure ? BOUND_MARK : OPEN_MARK, '1', MARK_SECONDS)])
}

/** Expires the mark that was sent and HubSpot's chat cookies, host-only and on every domain they may sit on. */
export function forget(req: Request, res: Response, sent: Mark): void {
  const domains = [undefined, ...parentDomains(req.hostname)]
  const expired = CHAT_COOKIES.flatMap((name) =>
    domains.map((domain) =>
      stringifySetCookie({ name, value: '', path: '/', expires: new Date(0), ...(domain ? { domain } : undefined) })
    )
  )
  const left = isSwappedIn(req) || 'sec-fetch-dest' in req.headers ? [forgottenCookie(sent)] : []
  appendCookies(res, [...expired, markCookie(sent, '', 0), ...left])
}

/** Whether a browser fetches the page ahead: it may never be shown, so nothing is forgotten. */
export function isPrefetch(req: Request): boolean {
  const { headers } = req
  // Turbo says it in a header of its own: a script may not set `Sec-Purpose`.
  return [headers['sec-purpose'], headers['x-sec-purpose'], headers['purpose']].some((purpose) =>
    String(purpose ?? '').includes('prefetch')
  )
}

function markCookie({ name, isSecure }: Mark, value: string, maxAge: number): string {
  return stringifySetCookie({ name, value, path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure, maxAge })
}

function forgottenCookie({ isSecure }: Mark): string {
  return stringifySetCookie({
    name: FORGOTTEN,
    value: '1',
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: isSecure
  })
}

/** `app.shop.example` itself and its parents, down to two labels; a browser refuses those that are public suffixes. */
function parentDomains(hostname: string | undefined): string[] {
  const host = hostname?.toLowerCase().replace(/\.$/, '') ?? ''
  if (isIP(host)) return []
  const labels = host.split('.').slice(-MAX_PARENT_DOMAINS - 1)
  // The Host header comes from the client, and the cookie library throws for what is no domain name.
  return labels
    .slice(0, -1)
    .map((_, index) => labels.slice(index).join('.'))
    .filter((domain) => DOMAIN.test(domain))
}

function appendCookies(res: Response, cookies: string[]): void {
  const present = res.getHeader('Set-Cookie')
  res.setHeader('Set-Cookie', [...(present === undefined ? [] : [present].flat().map(String)), ...cookies])
}
