// What a request is for: a page or a fetch can use an identity; an image, a script or a HEAD request cannot.
import type { Request } from 'express'

/** Values of Sec-Fetch-Dest of pages, and of fetches from pages. */
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

/** Whether a request cannot use an identity: nothing is minted for it, and it does not wait. */
export function isPassive(req: Request): boolean {
  if (req.method === 'HEAD' || req.method === 'OPTIONS') return true
  const destination = req.headers['sec-fetch-dest']
  return typeof destination === 'string' && !IDENTIFIABLE_DESTINATIONS.has(destination)
}
