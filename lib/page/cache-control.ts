// Keeps a page with an identity out of shared caches: what the headers allow now, and how to make a response personal.
import type { ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'

/** Headers that speak to a CDN over the head of Cache-Control: RFC 9213 and its forerunners. */
const CDN_HEADERS = /^(?:(?:[a-z]+-)?cdn-cache-control|surrogate-control|edge-control|x-litespeed-cache-control)$/
/** A header's directives with their arguments. */
type Directives = ReadonlyMap<string, string | undefined>

const PERSONAL = 'private, no-store'

/** Whether the app has said that shared caches may store this response, or has sent its head without saying that they may not. */
export function isPublic(res: ServerResponse): boolean {
  const directives = directivesOf(res, 'Cache-Control')
  if (directives.has('public') || directives.has('s-maxage')) return true
  return cdnHeadersThatStore(res).length > 0 || (res.headersSent && !keepsOut(directives))
}

/** Makes a response that is not public personal: `private` or `no-store` is kept as the app wrote it, anything else is replaced. */
export function makePersonal(res: ServerResponse): void {
  if (!res.headersSent && !keepsOut(directivesOf(res, 'Cache-Control'))) res.setHeader('Cache-Control', PERSONAL)
}

/** No cache may store this response, the browser's own included. */
export function makeUnstorable(res: ServerResponse): void {
  if (res.headersSent) return
  res.setHeader('Cache-Control', PERSONAL)
  for (const name of cdnHeadersThatStore(res)) res.removeHeader(name)
}

/** Whether the app has allowed storing since the identity was read; a header that only says nothing of it is no contradiction. */
export function becameStorable(res: ServerResponse): boolean {
  const directives = directivesOf(res, 'Cache-Control')
  return isPublic(res) || (!keepsOut(directives) && (directives.has('max-age') || directives.has('immutable')))
}

function cdnHeadersThatStore(res: ServerResponse): string[] {
  return res.getHeaderNames().filter((name) => {
    // nginx: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_valid
    if (name === 'x-accel-expires') return String(res.getHeader(name)) !== '0'
    return CDN_HEADERS.test(name) && !keepsOut(directivesOf(res, name))
  })
}

/**
 * `private="Set-Cookie"` keeps out one header only, not the page; beside `must-understand`, `no-store` is for caches that do
 * not understand (https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.3).
 */
function keepsOut(directives: Directives): boolean {
  if (directives.has('no-store')) return !directives.has('must-understand')
  return directives.has('private') && directives.get('private') === undefined
}

/** The few values that an app sends, read once each. */
const READ = new LRUCache<string, Directives>({ max: 100 })

function directivesOf(res: ServerResponse, header: string): Directives {
  const value = String(res.getHeader(header) ?? '')
  const known = READ.get(value)
  if (known) return known
  const directives = parseDirectives(value)
  READ.set(value, directives)
  return directives
}

function parseDirectives(value: string): Directives {
  // A quoted argument may hold commas, and words that would be directives outside it.
  const parts = value
    .replace(/"[^"]*"?/g, '""')
    .toLowerCase()
    .split(',')
  return new Map(
    parts.map((part) => {
      const [name = '', argument] = part.split('=')
      return [name.trim(), argument?.trim()]
    })
  )
}
