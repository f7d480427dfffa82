// Protection against forged forms: a token in the session that every POST has to bring, as a field or as a header.
import { csrfSync } from 'csrf-sync'
import type { Request, Response } from 'express'

const { csrfSynchronisedProtection, generateToken } = csrfSync({
  getTokenFromRequest: (req) => req.get('x-csrf-token') ?? Object(req.body)['_csrf']
})

/** Refuses a POST without the session's token. */
export const csrfProtection = csrfSynchronisedProtection

/** The token for a form on this page. The page belongs to one session then, so nothing may store it. */
export function csrfToken(req: Request, res: Response): string {
  res.setHeader('Cache-Control', 'private, no-store')
  return generateToken(req)
}
