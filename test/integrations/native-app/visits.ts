// A native app: no cookies, no Sec-Fetch headers, a bearer token.
import { logIn } from '../kit/bearer.js'
import { Browser } from '../kit/browser.js'
import { mintedFor, report, serve, startHubSpot } from '../kit/visits.js'

const hubspot = await startHubSpot()
const { app } = await import('./app.js')
const { url } = await serve(app)
const page = `${url}/hubspot/token`

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
