// The apps without the library in part 1: one prints a constant, one does the same work with simple code.
import type { Request, RequestHandler, Response } from 'express'
import type { HubSpotLocals } from '../../lib/page/locals.js'
import type { Snippets } from './page-view-server.js'

const MARK = '__Host-hubspot-identified=1'

type Visitor = { email: string }

function visitorOf(req: Request): Visitor | undefined {
  return req.user as Visitor | undefined
}

function show(res: Response, hubspot: Partial<HubSpotLocals>): void {
  Object.assign(res.locals, { hubspot })
}

/** The headers of an identified page, like those of the library: private, and the mark cookie is set once. */
function setPersonalHeaders(req: Request, res: Response): void {
  res.setHeader('Cache-Control', 'private, no-store')
  if (!req.headers.cookie?.includes(MARK)) {
    res.append('Set-Cookie', `${MARK}; Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Lax`)
  }
}

/** The app without the library: the same bytes, from a constant. */
export function bareIdentity({ identified, anonymous }: Snippets = { identified: '', anonymous: '' }): RequestHandler {
  const forUser = { snippet: identified }
  const forNobody = { snippet: anonymous }
  return function bareIdentityHandler(req, res, next) {
    if (req.user) setPersonalHeaders(req, res)
    show(res, req.user ? forUser : forNobody)
    next()
  }
}

/** The plain way: an async middleware that awaits visitor and token, and renders the JSON for each view. */
export function plainIdentity(portalId: string): RequestHandler {
  const visitorFrom = async (req: Request) => visitorOf(req)
  const tokenFrom = async (req: Request, visitor: Visitor) => {
    const kept = req.session.hubspot
    return kept && kept.email === visitor.email && kept.expiresAt > Date.now() ? kept.token : undefined
  }
  const orLate = <T>(promise: Promise<T>) =>
    new Promise<T | undefined>((resolve, reject) => {
      const timer = setTimeout(resolve, 1000, undefined)
      promise.then(resolve, reject).finally(() => clearTimeout(timer))
    })

  return async function plainIdentityHandler(req, res, next) {
    const visitor = await visitorFrom(req)
    const token = visitor && (await orLate(tokenFrom(req, visitor)))
    const settings = visitor && token ? { identificationEmail: visitor.email, identificationToken: token } : undefined
    if (settings) setPersonalHeaders(req, res)
    const json = JSON.stringify(settings ?? {}).replace(/[<>&\u2028\u2029]/g, (found) => `\\u${found.charCodeAt(0)}`)
    const script = settings
      ? `<script>window.hsConversationsSettings = Object.assign(window.hsConversationsSettings || {}, ${json})</script>`
      : ''
    const loader = `<script src="https://js.hs-scripts.com/${portalId}.js" id="hs-script-loader" async defer></script>`
    show(res, { identified: settings !== undefined, json, snippet: script + loader })
    next()
  }
}
