// A front end with bearer tokens: 20 calls of one user set no cookie and need one mint.
import jwt from 'jsonwebtoken'
import { Browser } from '../kit/browser.js'
import { mintedFor, PEOPLE, reportVisits, serve, startHubSpot, whoIsOn } from '../kit/visits.js'

const SECRET = 'of these tests, with enough bytes for HS256'
process.env['JWT_SECRET'] = SECRET
const hubspot = await startHubSpot()
const { app } = await import('./app.js')
const { url } = await serve(app)
const page = `${url}/hubspot/token`

async function logIn(browser: Browser, name: keyof typeof PEOPLE): Promise<void> {
  const { id, email, verified, firstName, lastName } = PEOPLE[name]
  const claims = { sub: id, email, email_verified: verified, given_name: firstName, family_name: lastName }
  browser.headers['authorization'] = `Bearer ${jwt.sign(claims, SECRET)}`
}

async function call20Times(): Promise<unknown> {
  hubspot.requests.length = 0
  const browser = new Browser()
  browser.headers['authorization'] = `Bearer ${jwt.sign({ email: 'carl@example.com', email_verified: true }, SECRET)}`
  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.get(page)))
  const cookies = answers.flatMap(({ set }) => set)
  return {
    people: [...new Set(answers.map((answer) => whoIsOn(answer, hubspot)))],
    cookies,
    minted: mintedFor(hubspot)
  }
}

async function statuses(): Promise<number[]> {
  const eve = new Browser()
  await logIn(eve, 'eve')
  const answers = await Promise.all([new Browser().get(page), eve.get(page)])
  return answers.map(({ status }) => status)
}

const more = { guestAndUnverified: await statuses(), calls: await call20Times() }
hubspot.requests.length = 0
await reportVisits(hubspot, { page, logIn }, () => more)
