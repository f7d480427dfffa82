// A small app with a simulated HubSpot, whose pages Turbo or htmx swap into the current document.
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import express from 'express'
import session from 'express-session'
import passportModule from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { hubspotIdentification } from '../../lib/index.js'
import { startHubSpotSimulator } from '../../lib/testing/index.js'
import { listen } from '../support/listen.js'

const { resolve } = createRequire(import.meta.url)
const SCRIPTS: Readonly<Record<string, string>> = {
  'turbo.js': join(dirname(resolve('@hotwired/turbo')), 'turbo.es2017-umd.js'),
  'htmx.js': resolve('htmx.org/dist/htmx.min.js'),
  'head-support.js': join(dirname(resolve('htmx-ext-head-support/package.json')), 'head-support.js')
}

/** The parts of the pages. */
export type SwappedPages = {
  /** The scripts in the head that swap the pages. */
  head: string
  /** Attributes of the body. */
  body?: string
  /** The place of the snippet; `inserted`: by `autoInsert`; `none`: the page uses `startChat`. */
  snippet: 'head' | 'body' | 'inserted' | 'none'
  /** Whether every page sets `hsConversationsSettings` itself. */
  setsSettings?: boolean
}

/** Starts the app on a free port. Every page has a link, forms for logins and the logout, and the address of the user. */
export async function startSwappedApp({ head, body = '', snippet, setsSettings }: SwappedPages) {
  const hubspot = await startHubSpotSimulator()
  const identification = hubspotIdentification({
    accessToken: 'pat-na1-test',
    baseUrl: hubspot.url,
    ...(snippet === 'inserted' ? { autoInsert: true } : {})
  })
  const passport = new passportModule.Passport()
  passport.use(new LocalStrategy((email, _password, done) => done(null, asUser(email))))
  passport.serializeUser<string>((user, done) => done(null, emailOf(user)))
  passport.deserializeUser<string>((email, done) => done(null, asUser(email)))

  const app = express()
  app.get('/scripts/:name', (req, res) => {
    const file = SCRIPTS[req.params.name]
    if (file === undefined) res.sendStatus(404)
    else res.sendFile(file)
  })
  app.get('/hubspot/chat.js', identification.browserScript())
  app.use(session({ secret: 'swapped pages', resave: false, saveUninitialized: false }))
  app.use(passport.session())
  app.use(express.urlencoded({ extended: false }))
  app.use(identification)
  app.get('/hubspot/token', identification.tokenEndpoint())
  app.post('/login', passport.authenticate('local'), (_req, res) => res.redirect(303, '/'))
  app.post('/logout', (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.redirect(303, '/')))
  })
  app.get(['/', '/other'], (req, res) => {
    const print = (place: string) => (snippet === place ? res.locals.hubspot?.snippet : '')
    const settings = setsSettings ? '<script>window.hsConversationsSettings = { hideNewThreadLink: true }</script>' : ''
    const user = req.user ? emailOf(req.user) : 'nobody'
    res.send(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>${user} on ${req.path}</title>
${head}${snippet === 'body' ? '' : settings}${print('head')}
<script src="${hubspot.url}/${hubspot.portalId}.js" id="hs-script-loader" async defer></script></head>
<body ${body}>
${snippet === 'body' ? settings : ''}${print('body')}
<p id="user">${user}</p>
<a id="other" href="${req.path === '/' ? '/other' : '/'}">${req.path}</a>
${['ann', 'bob'].map((name) => form('login', name)).join('\n')}
${form('logout', '')}
</body></html>`)
  })
  const served = await listen(app)
  return {
    url: served.url,
    hubspot,
    close: async () => {
      await served.close()
      await hubspot.close()
    }
  }
}

// The type of Passport for a user is an empty interface that apps extend.
const asUser = (email: string) => ({ email }) as unknown as Express.User
const emailOf = (user: Express.User) => (user as unknown as { email: string }).email

function form(action: string, name: string): string {
  const fields =
    name &&
    `<input type="hidden" name="username" value="${name}@example.com"><input type="hidden" name="password" value="x">`
  return `<form method="post" action="/${action}">${fields}<button id="${action}${name && `-${name}`}">${action} ${name}</button></form>`
}
