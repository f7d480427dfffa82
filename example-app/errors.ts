// Error pages, and JSON errors for scripts.
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { LoginRefused } from './login.js'
import { showPage } from './show-page.js'

const TEXTS: Record<number, { title: string; message: string }> = {
  400: { title: 'That did not work', message: 'The request was not understood.' },
  403: {
    title: 'Please try again',
    message: 'This page was open for too long. Please go back, reload it and try again.'
  },
  404: { title: 'Page not found', message: 'There is nothing at this address.' },
  405: { title: 'That did not work', message: 'This address takes a form only.' },
  413: { title: 'That did not work', message: 'That was too much to send.' }
}
const BROKEN = { title: 'Something went wrong', message: 'It is not your fault. Please try again in a moment.' }

/** For a URL without a route. */
export const notFound: RequestHandler = (req, res) => answerProblem(req, res, 404)

/** For a URL that accepts only POST. */
export const postOnly: RequestHandler = (req, res) => {
  res.setHeader('Allow', 'POST')
  answerProblem(req, res, 405)
}

/** The last handler: after a refused login it shows the form again, after any other error a page without details. */
export const handleError: ErrorRequestHandler = (error: unknown, req, res, next) => {
  if (res.headersSent) {
    next(error)
    return
  }
  const { status: given, code }: { status?: unknown; code?: unknown } = Object(error)
  const status = typeof given === 'number' && given >= 400 && given < 500 ? given : 500
  if (status === 500) console.error(error)
  const isStale = code === 'EBADCSRFTOKEN' && req.path === '/login'
  if ((error instanceof LoginRefused || isStale) && !req.is('json')) {
    const message = error instanceof LoginRefused ? error.message : 'The page was open for too long. Please try again.'
    const { email }: { email?: unknown } = Object(req.body)
    res.status(status)
    showPage(req, res, 'login', {
      title: 'Log in',
      hasForm: true,
      message,
      email: typeof email === 'string' ? email : ''
    })
  } else answerProblem(req, res, status, error instanceof LoginRefused ? error.message : undefined)
}

function answerProblem(req: Request, res: Response, status: number, told?: string): void {
  const { title, message } = TEXTS[status] ?? BROKEN
  res.status(status)
  if (req.is('json')) res.json({ error: told ?? message })
  // An error may occur before the session and the middleware, so the layout checks whether `hubspot` exists.
  else showPage(req, res, 'problem', { title, message: told ?? message })
}
