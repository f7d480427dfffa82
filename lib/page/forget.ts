// Logout that forgets: the mark of a browser that was identified, and HubSpot's chat cookies expired when it comes back as nobody.
import { isIP } from 'node:net'
import { parse as parseCookies, stringifySetCookie } from 'cookie'
import type { Request, Response } from 'express'

/**
 * The chat's cookies, as `HubSpotConversations.clear()` deletes them; the analytics cookies stay.
 * https://knowledge.hubspot.com/reports/what-cookies-does-hubspot-set-in-a-visitor-s-browser
 */
const CHAT_COOKIES = ['messagesUtk', 'hs-messages-is-open', 'hs-messages-hide-welcome-message']

/** The mark's name; over https it carries the prefix that binds it to this host. */
const MARK = 'hubspot-identified'
const SECURE_MARK = `__Host-${MARK}`
/** The longest a browser keeps a cookie: https://httpwg.org/http-extensions/draft-ietf-httpbis-rfc6265bis.html */
const MARK_SECONDS = 400 * 24 * 60 * 60
/** A host name longer than this is nobody's; it would only make the head grow. */
const MAX_PARENT_DOMAINS = 8
/** The mark's value needs no decoding, and those of other cookies do not matter. */
const AS_SENT = { decode: (value: string) => value }
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/

/** Whether this browser was identified on an earlier page. */
export function isMarked(req: Request): boolean {
  const { cookie } = req.headers
  // Parsed only when it may be there: another cookie's name can end like ours, and its value can hold ours.
  return cookie?.includes(`${MARK}=1`) === true && parseCookies(cookie, AS_SENT)[markName(req)] === '1'
}

/** Remembers, without personal data, that this browser was identified. */
export function mark(req: Request, res: Response): void {
  appendCookies(res, [markCookie(req, '1', MARK_SECONDS)])
}

/** Expires the mark and HubSpot's chat cookies, host-only and on every domain they may sit on. */
export function forget(req: Request, res: Response): void {
  const domains = [undefined, ...parentDomains(req.hostname)]
  const expired = CHAT_COOKIES.flatMap((name) =>
    domains.map((domain) =>
      stringifySetCookie({ name, value: '', path: '/', expires: new Date(0), ...(domain ? { domain } : undefined) })
    )
  )
  appendCookies(res, [...expired, markCookie(req, '', 0)])
}

/** A browser fetches ahead what may never be shown: no reason to forget. */
export function isPrefetch(req: Request): boolean {
  return [req.headers['sec-purpose'], req.headers['purpose']].some((purpose) =>
    String(purpose ?? '').includes('prefetch')
  )
}

function markCookie(req: Request, value: string, maxAge: number): string {
  return stringifySetCookie({
    name: markName(req),
    value,
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: req.secure,
    maxAge
  })
}

/** Over https only the bound one counts: any subdomain can set the other. */
function markName(req: Request): string {
  return req.secure ? SECURE_MARK : MARK
}

/** `app.shop.example` itself and its parents, down to two labels; a browser refuses those that are public suffixes. */
function parentDomains(hostname: string | undefined): string[] {
  const host = hostname?.toLowerCase().replace(/\.$/, '') ?? ''
  if (isIP(host)) return []
  const labels = host.split('.').slice(-MAX_PARENT_DOMAINS - 1)
  // The Host header is the client's: what is no domain name would not even get past the cookie library.
  return labels
    .slice(0, -1)
    .map((_, index) => labels.slice(index).join('.'))
    .filter((domain) => DOMAIN.test(domain))
}

function appendCookies(res: Response, cookies: string[]): void {
  const present = res.getHeader('Set-Cookie')
  res.setHeader('Set-Cookie', [...(present === undefined ? [] : [present].flat().map(String)), ...cookies])
}
