// Which requests can use an identity: pages and fetches, not images, scripts or HEAD requests.
import type { Request } from 'express'

/** The values of `Sec-Fetch-Dest` for pages, and for fetches by scripts (`empty`). */
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

/** Whether a request cannot use an identity. For such a request nothing is minted, and it never waits. */
export function isPassive(req: Request): boolean {
  if (req.method === 'HEAD' || req.method === 'OPTIONS') return true
  const destination = req.headers['sec-fetch-dest']
  return typeof destination === 'string' && !IDENTIFIABLE_DESTINATIONS.has(destination)
}
