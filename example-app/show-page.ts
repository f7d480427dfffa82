// Renders one of the views inside the layout, with what every page needs.
import type { Request, Response } from 'express'
import { csrfToken } from './csrf.js'

/**
 * How the chat gets onto a page: `snippet` printed by the layout, `endpoint` asked by the external script, `inserted` by the
 * middleware, or `none`.
 */
export type ChatBy = 'snippet' | 'endpoint' | 'inserted' | 'none'

/** What a view is given besides `hubspot`. */
export type PageValues = {
  title: string
  chatBy?: ChatBy
  /** The page has a form of its own, so it needs a token also for guests. */
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
    // A guest's visit starts no session unless there is a form to protect.
    csrf: req.session && (hasForm || req.user) ? csrfToken(req, res) : undefined,
    ...values
  })
}
