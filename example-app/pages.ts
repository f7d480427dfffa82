// The pages of the app.
import { type RequestHandler, type Response, Router } from 'express'
import type { Chat } from './chat.js'
import { noInlineScripts } from './security.js'
import { showPage } from './show-page.js'

/** The parts that the pages need. */
export type PageParts = {
  chat: Chat
  isProduction: boolean
  /** A second instance of the middleware, with `autoInsert`. */
  autoInsert: RequestHandler
}

/** The routes of all pages. */
export function createPages({ chat, isProduction, autoInsert }: PageParts): Router {
  const pages = Router()

  pages.get('/', (req, res) => showPage(req, res, 'home', { title: 'Welcome' }))

  pages.get('/login', (req, res) => {
    if (req.user) redirect(res, '/account')
    else showPage(req, res, 'login', { title: 'Log in', hasForm: true })
  })

  pages.get('/account', (req, res) => {
    if (req.user) showPage(req, res, 'account', { title: 'Your account' })
    else redirect(res, '/login')
  })

  pages.get('/single-page', (req, res) =>
    showPage(req, res, 'single-page', {
      title: 'Without a reload',
      chatBy: 'endpoint',
      hasForm: true,
      scripts: ['/single-page.js']
    })
  )

  pages.get('/no-inline-script', noInlineScripts({ chat, isProduction }), (req, res) =>
    showPage(req, res, 'no-inline-script', { title: 'No inline script', chatBy: 'endpoint' })
  )

  pages.get('/auto-insert', autoInsert, (req, res) =>
    showPage(req, res, 'auto-insert', { title: 'Inserted by itself', chatBy: 'inserted' })
  )

  return pages
}

/** A redirect that depends on the login. It must not be cached: after a logout the back button would follow the old one. */
function redirect(res: Response, path: string): void {
  res.setHeader('Cache-Control', 'no-store')
  res.redirect(303, path)
}
