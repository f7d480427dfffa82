// What follows a logout.
import type { Request, Response } from 'express'
import { csrfToken } from './csrf.js'

/** Sends a browser to the start; a script gets the token for the page's next form, because the session is a new one. */
export function answerLogout(req: Request, res: Response): void {
  if (!req.is('json')) {
    res.redirect(303, '/')
    return
  }
  res.setHeader('X-CSRF-Token', csrfToken(req, res))
  res.status(204).end()
}
