// Renders a view inside the layout, with the values that every page needs.
import type { Request, Response } from 'express'
import { csrfToken } from './csrf.js'

/**
 * How the chat gets its identity: `snippet`: printed by the layout; `endpoint`: requested by the external script; `inserted`: by
 * `autoInsert`.
 */
export type ChatBy = 'snippet' | 'endpoint' | 'inserted'

/** The values for a view, besides `hubspot`. */
export type PageValues = {
  title: string
  chatBy?: ChatBy
  /** Whether the page has a form for guests, and so needs a CSRF token also without a user. */
  hasForm?: boolean
  /** Scripts of the page, from public/. */
  scripts?: string[]
  message?: string
  email?: string
}

/** Sends a page. */
export function showPage(req: Request, res: Response, page: string, { hasForm, ...values }: PageValues): void {
  res.render('layout', {
    page,
    chatBy: 'snippet',
    scripts: [],
    message: undefined,
    email: '',
    user: req.user,
    // For a guest a session is created only if the page has a form.
    csrf: req.session && (hasForm || req.user) ? csrfToken(req, res) : undefined,
    ...values
  })
}
