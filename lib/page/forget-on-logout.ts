// The option forgetOnLogout: a cookie marks a browser in which a user was identified. When it sends a request without a user, HubSpot's
// chat cookies are expired. This file reads and sets the cookies; personal-response.ts decides when.
import { isIP } from 'node:net'
import { stringifySetCookie } from 'cookie'
import type { Request, Response } from 'express'

/**
 * The cookies that `HubSpotConversations.clear()` deletes. Analytics cookies are kept.
 * https://knowledge.hubspot.com/reports/what-cookies-does-hubspot-set-in-a-visitor-s-browser
 */
const CHAT_COOKIES = ['messagesUtk', 'hs-messages-is-open', 'hs-messages-hide-welcome-message']

/** A cookie that marks a browser. `sent` matches it in a Cookie header, but no other cookie that contains its name. */
export type Mark = { readonly name: string; readonly isSecure: boolean; readonly sent: RegExp }

const OPEN_MARK: Mark = {
  name: 'hubspot-identified',
  isSecure: false,
  sent: /(?:^|;)\s*hubspot-identified=1\s*(?:;|$)/
}
/** The mark over https. The prefix binds it to its host; the other one could be set by any subdomain. */
const BOUND_MARK: Mark = {
  name: '__Host-hubspot-identified',
  isSecure: true,
  sent: /(?:^|;)\s*__Host-hubspot-identified=1\s*(?:;|$)/
}
/**
 * A session cookie set when the chat cookies are expired. Documents that are still open may hold the identity, and a page that Turbo or
 * htmx swaps into one then removes it. It needs no protection: a forged one only makes an anonymous page remove an identity.
 */
const FORGOTTEN = 'hubspot-forgotten'
/** Part of the Cookie header with either mark. */
const MARK_TEXT = `${OPEN_MARK.name}=1`
/** The longest lifetime of a cookie in browsers: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html */
const MARK_SECONDS = 400 * 24 * 60 * 60
/** The Host header can be forged; the limit keeps the response headers short. */
const MAX_PARENT_DOMAINS = 8
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/

/** The mark in a request: its browser was identified on an earlier page. */
export function sentMark(req: Request): Mark | undefined {
  const { cookie } = req.headers
  if (!cookie?.includes(MARK_TEXT)) return undefined
  // Tested first: browsers send it over https only, so the slow req.secure is not needed.
  if (BOUND_MARK.sent.test(cookie)) return BOUND_MARK
  return OPEN_MARK.sent.test(cookie) && !req.secure ? OPEN_MARK : undefined
}

/** Whether a script fetched the page, as Turbo Drive and htmx do. Their own headers are for browsers without `Sec-Fetch-Dest`. */
export function isSwappedIn({ headers }: Request): boolean {
  return headers['sec-fetch-dest'] === 'empty' || 'x-turbo-request-id' in headers || 'hx-request' in headers
}

/** Whether the chat cookies of this browser were expired since it was started. */
export function hasForgotten(req: Request): boolean {
  return req.headers.cookie?.includes(`${FORGOTTEN}=1`) ?? false
}

/** Sets the mark, which holds no personal data. */
export function mark(req: Request, res: Response): void {
  appendCookies(res, [markCookie(req.secure ? BOUND_MARK : OPEN_MARK, '1', MARK_SECONDS)])
}

/** Expires the mark that was sent, and HubSpot's chat cookies for the host and for every parent domain. */
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

/** Whether the page is prefetched. It may never be shown, so nothing is expired. */
export function isPrefetch(req: Request): boolean {
  const { headers } = req
  // `X-Sec-Purpose` is sent by Turbo, because a script must not set `Sec-Purpose`.
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

/** `app.shop.example` and its parents with at least two labels. Browsers ignore cookies for public suffixes. */
function parentDomains(hostname: string | undefined): string[] {
  const host = hostname?.toLowerCase().replace(/\.$/, '') ?? ''
  if (isIP(host)) return []
  const labels = host.split('.').slice(-MAX_PARENT_DOMAINS - 1)
  // The Host header comes from the client, and the cookie library throws if it is no domain name.
  return labels
    .slice(0, -1)
    .map((_, index) => labels.slice(index).join('.'))
    .filter((domain) => DOMAIN.test(domain))
}

function appendCookies(res: Response, cookies: string[]): void {
  const present = res.getHeader('Set-Cookie')
  res.setHeader('Set-Cookie', [...(present === undefined ? [] : [present].flat().map(String)), ...cookies])
}
