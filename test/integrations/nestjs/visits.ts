// NestJS with a JWT guard: a controller calls the endpoint.
import jwt from 'jsonwebtoken'
import { Browser } from '../kit/browser.js'
import { type Name, PEOPLE, reportVisits, reserve, startHubSpot } from '../kit/visits.js'

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
await reportVisits(hubspot, { page, logIn }, () => ({ guestAndUnverified: statuses }))
