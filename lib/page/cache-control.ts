// Keeps a page with an identity out of shared caches: what the headers allow now, and how to make a response personal.
import type { ServerResponse } from 'node:http'

/** Headers that speak to a CDN over the head of Cache-Control. */
const CDN_HEADERS = [
  'CDN-Cache-Control',
  'Surrogate-Control',
  'Cloudflare-CDN-Cache-Control',
  'Vercel-CDN-Cache-Control',
  'Netlify-CDN-Cache-Control'
]
const PERSONAL = 'private, no-store'

/** Whether the app has said that shared caches may store this response, or has sent its head without saying that they may not. */
export function isPublic(res: ServerResponse): boolean {
  const directives = directivesOf(res, 'Cache-Control')
  if (directives.has('public') || directives.has('s-maxage')) return true
  if (CDN_HEADERS.some((name) => res.hasHeader(name) && !keepsOut(directivesOf(res, name)))) return true
  return res.headersSent && !keepsOut(directives)
}

/** Makes the response personal: `private` or `no-store` is kept as the app wrote it, anything else is replaced. */
export function makePersonal(res: ServerResponse): void {
  if (res.headersSent) return
  if (isPublic(res) || !keepsOut(directivesOf(res, 'Cache-Control'))) res.setHeader('Cache-Control', PERSONAL)
  for (const name of CDN_HEADERS) {
    if (res.hasHeader(name) && !keepsOut(directivesOf(res, name))) res.removeHeader(name)
  }
}

/** Whether the app has allowed storing since the identity was read; a header that only says nothing of it is no contradiction. */
export function becameStorable(res: ServerResponse): boolean {
  const directives = directivesOf(res, 'Cache-Control')
  return isPublic(res) || (!keepsOut(directives) && (directives.has('max-age') || directives.has('immutable')))
}

/** `private="Set-Cookie"` keeps out one header only, not the page. */
function keepsOut(directives: Map<string, string | undefined>): boolean {
  return directives.has('no-store') || (directives.has('private') && directives.get('private') === undefined)
}

function directivesOf(res: ServerResponse, header: string): Map<string, string | undefined> {
  const value = res.getHeader(header)
  const parts = String(value ?? '')
    .toLowerCase()
    .split(',')
  return new Map(
    parts.map((part) => {
      const [name = '', argument] = part.trim().split('=')
      return [name.trim(), argument?.trim()]
    })
  )
}
