// NestJS with a JWT guard, whose controller calls the endpoint; and with Passport sessions, whose controller sends a page.
import type { Express } from 'express'
import jwt from 'jsonwebtoken'
import { Browser, expiresChat } from '../kit/browser.js'
import { personOf } from '../kit/pages.js'
import { type Name, PEOPLE, reportVisits, reserve, startHubSpot, whoIsOn } from '../kit/visits.js'

const SECRET = 'of these tests, with enough bytes for HS256'
process.env['JWT_SECRET'] = SECRET
const hubspot = await startHubSpot()
const site = await reserve()
const { createApp } = await import('./app.js')
const app = await createApp()
await app.init()
site.show(app.getHttpAdapter().getInstance())
const page = `${site.url}/hubspot/token`

async function logIn(browser: Browser, name: Name): Promise<void> {
  const { id, email, verified, firstName, lastName } = PEOPLE[name]
  const claims = { sub: id, email, email_verified: verified, given_name: firstName, family_name: lastName }
  browser.headers['authorization'] = `Bearer ${jwt.sign(claims, SECRET)}`
}

const eve = new Browser()
await logIn(eve, 'eve')
const statuses = [(await new Browser().get(page)).status, (await eve.get(page)).status]

/** Logs Ada in and out with a session: the page of a controller identifies her, and nobody after the logout. */
async function visitWithSession(): Promise<unknown> {
  process.env['SESSION_SECRET'] = 'of these tests'
  const sessionSite = await reserve()
  const { createSessionApp } = await import('./session-app.js')
  const sessionApp = await createSessionApp()
  const http: Express = sessionApp.getHttpAdapter().getInstance()
  http.post('/login', (req, res, next) => {
    const { id, email } = personOf(req.url)
    req.login({ id, email } as Express.User, (error) => (error ? next(error) : res.redirect('/')))
  })
  http.post('/logout', (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.redirect('/')))
  })
  await sessionApp.init()
  sessionSite.show(http)
  const browser = new Browser()
  const before = await browser.get(sessionSite.url)
  const during = await browser.post(`${sessionSite.url}/login?name=ada`)
  const after = await browser.post(`${sessionSite.url}/logout`)
  const people = [before, during, after].map((answer) => whoIsOn(answer, hubspot))
  return { people, forgotten: expiresChat(after.set) }
}

const withSession = await visitWithSession()
hubspot.requests.length = 0
await reportVisits(hubspot, { page, logIn }, () => ({ guestAndUnverified: statuses, withSession }))
