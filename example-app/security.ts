// The security headers: helmet with a strict Content-Security-Policy.
import { randomBytes } from 'node:crypto'
import type { RequestHandler } from 'express'
import helmet from 'helmet'
import type { Chat } from './chat.js'

type ContentSecurity = { chat: Chat; isProduction: boolean }

/** Sets a new nonce for each page, which the snippet reads from `res.locals.cspNonce`. */
export const createNonce: RequestHandler = (_req, res, next) => {
  res.locals['cspNonce'] = randomBytes(16).toString('base64')
  next()
}

/** All headers of helmet; the policy allows scripts with the page's nonce, from this site and from HubSpot. */
export function securityHeaders({ chat, isProduction }: ContentSecurity): RequestHandler {
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: directives({ chat, isProduction }, [nonceSource]) },
    // Only for a site that is served over https.
    strictTransportSecurity: isProduction
  })
}

/** For a page without inline scripts: the same policy without a nonce. */
export function noInlineScripts({ chat, isProduction }: ContentSecurity): RequestHandler {
  return helmet.contentSecurityPolicy({ useDefaults: false, directives: directives({ chat, isProduction }, []) })
}

type Directives = NonNullable<Parameters<typeof helmet.contentSecurityPolicy>[0]>['directives']
type Source = Extract<NonNullable<Directives>[string], Iterable<unknown>> extends Iterable<infer S> ? S : never

const nonceSource: Source = (_req, res) => `'nonce-${(res as { locals?: { cspNonce?: string } }).locals?.cspNonce}'`

function directives({ chat: { sources }, isProduction }: ContentSecurity, scripts: Source[]): NonNullable<Directives> {
  return {
    defaultSrc: ["'self'"],
    scriptSrc: ["'self'", ...scripts, ...sources.scriptSrc],
    scriptSrcAttr: ["'none'"],
    styleSrc: ["'self'", ...sources.styleSrc],
    imgSrc: ["'self'", 'data:', ...sources.imgSrc],
    connectSrc: ["'self'", ...sources.connectSrc],
    frameSrc: ["'self'", ...sources.frameSrc],
    fontSrc: ["'self'"],
    objectSrc: ["'none'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
    ...(isProduction ? { upgradeInsecureRequests: [] } : undefined)
  }
}
