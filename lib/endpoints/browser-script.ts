// Serves the browser functions as one classic script, for pages without a bundler and for policies without inline scripts.
import { hash } from 'node:crypto'
import type { RequestHandler } from 'express'
import { CLASSIC_SCRIPT } from '../page/browser-code.js'

/** Cached for an hour, then asked for again by its ETag: a new release reaches the browsers the same day. */
const CACHE_CONTROL = 'public, max-age=3600, stale-while-revalidate=86400'
const ETAG = `"${hash('sha256', CLASSIC_SCRIPT, 'base64url').slice(0, 27)}"`

/** Makes `browserScript()` of an instance. The script holds nothing of the visitor. */
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
    // Express answers 304 by itself when the browser's copy is the same.
    res.type('text/javascript').send(CLASSIC_SCRIPT)
  }
}
