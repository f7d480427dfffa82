// Protection against forged requests (CSRF): a token on the session, which every POST has to send as a field or header.
import { csrfSync } from 'csrf-sync'
import type { Request, Response } from 'express'

const { csrfSynchronisedProtection, generateToken } = csrfSync({
  getTokenFromRequest: (req) => req.get('x-csrf-token') ?? Object(req.body)['_csrf']
})

/** Refuses a POST without the session's token. */
export const csrfProtection = csrfSynchronisedProtection

/** The token for a form on this page. The page is then for one session only, so it must not be cached. */
export function csrfToken(req: Request, res: Response): string {
  res.setHeader('Cache-Control', 'private, no-store')
  return generateToken(req)
}
