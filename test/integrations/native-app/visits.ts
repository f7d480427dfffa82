// A native app: no cookies, no Sec-Fetch headers, a bearer token.
import jwt from 'jsonwebtoken'
import { Browser } from '../kit/browser.js'
import { mintedFor, type Name, PEOPLE, report, serve, startHubSpot } from '../kit/visits.js'

const SECRET = 'of these tests, with enough bytes for HS256'
process.env['JWT_SECRET'] = SECRET
const hubspot = await startHubSpot()
const { app } = await import('./app.js')
const { url } = await serve(app)
const page = `${url}/hubspot/token`

async function logIn(phone: Browser, name: Name): Promise<void> {
  const { id, email, verified, firstName, lastName } = PEOPLE[name]
  const claims = { sub: id, email, email_verified: verified, given_name: firstName, family_name: lastName }
  phone.headers['authorization'] = `Bearer ${jwt.sign(claims, SECRET)}`
}

const [guest, ada, eve] = [new Browser(), new Browser(), new Browser()]
await logIn(ada, 'ada')
await logIn(eve, 'eve')
const answers = [await ada.get(page), await ada.get(page), await guest.get(page), await eve.get(page)]
const { text, headers } = await ada.get(page)
const { identificationEmail, identificationToken, expiresAt } = JSON.parse(text)
await report({
  statuses: answers.map(({ status }) => status),
  identity: [identificationEmail, hubspot.verify(identificationToken)?.email, expiresAt > Date.now()],
  cacheControl: headers.get('cache-control'),
  cookies: answers.flatMap(({ set }) => set),
  minted: mintedFor(hubspot)
})
