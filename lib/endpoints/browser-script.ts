// The handler browserScript(): serves the browser functions as one classic script, for pages without a bundler and for policies that
// allow no inline scripts.
import { hash } from 'node:crypto'
import type { RequestHandler } from 'express'
import { CLASSIC_SCRIPT } from '../page/browser-code.js'

/** Cached for an hour, then revalidated by its ETag, so that browsers get a new release the same day. */
const CACHE_CONTROL = 'public, max-age=3600, stale-while-revalidate=86400'
const ETAG = `"${hash('sha256', CLASSIC_SCRIPT, 'base64url').slice(0, 27)}"`

/** Creates the handler. The script contains nothing of the visitor, so it may be public. */
export function createBrowserScript(): RequestHandler {
  return function hubspotBrowserScript(req, res) {
    if (req.method !== 'GET' && req.method !== 'HEAD') {
      res.setHeader('Allow', 'GET, HEAD')
      res.status(405).end()
      return
    }
    res.setHeader('Cache-Control', CACHE_CONTROL)
    res.setHeader('ETag', ETAG)
    res.setHeader('X-Content-Type-Options', 'nosniff')
    // Express answers 304 itself when the ETag matches.
    res.type('text/javascript').send(CLASSIC_SCRIPT)
  }
}
