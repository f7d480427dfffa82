// What a request is for: a page or a fetch can use an identity, an image, a script or a HEAD request cannot.
import type { Request } from 'express'

/** Pages, and fetches from pages. No header at all: an older browser, or none. */
const IDENTIFIABLE_DESTINATIONS = new Set([
  '',
  'document',
  'iframe',
  'frame',
  'fencedframe',
  'embed',
  'object',
  'empty'
])

/** Whether a request cannot use an identity: it takes what is there already, and never mints or waits. */
export function isPassive(req: Request): boolean {
  if (req.method === 'HEAD' || req.method === 'OPTIONS') return true
  const destination = req.headers['sec-fetch-dest']
  return typeof destination === 'string' && !IDENTIFIABLE_DESTINATIONS.has(destination)
}
