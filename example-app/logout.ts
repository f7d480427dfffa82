// The answer to a logout.
import type { Request, Response } from 'express'
import { csrfToken } from './csrf.js'

/** Redirects a browser to the start page; a script gets a CSRF token for the next form, because the session is new. */
export function answerLogout(req: Request, res: Response): void {
  if (!req.is('json')) {
    res.redirect(303, '/')
    return
  }
  res.setHeader('X-CSRF-Token', csrfToken(req, res))
  res.status(204).end()
}
