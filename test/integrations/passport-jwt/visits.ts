// A front end with bearer tokens: 20 calls of one user set no cookie and need one mint.
import { logIn, sendClaims } from '../kit/bearer.js'
import { Browser } from '../kit/browser.js'
import { mintedFor, reportVisits, serve, startHubSpot, whoIsOn } from '../kit/visits.js'

const hubspot = await startHubSpot()
const { app } = await import('./app.js')
const { url } = await serve(app)
const page = `${url}/hubspot/token`

async function call20Times(): Promise<unknown> {
  hubspot.requests.length = 0
  const browser = new Browser()
  sendClaims(browser, { email: 'carl@example.com', email_verified: true })
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
