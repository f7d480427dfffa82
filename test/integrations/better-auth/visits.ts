// better-auth with its memory adapter: sign-up, verification by the link of its mail, log-in and sign-out.
import { Browser } from '../kit/browser.js'
import { page } from '../kit/pages.js'
import { type Name, PEOPLE, reportVisits, reserve, startHubSpot } from '../kit/visits.js'

const hubspot = await startHubSpot()
const site = await reserve()
process.env['BETTER_AUTH_URL'] = site.url
process.env['BETTER_AUTH_SECRET'] = 'of these tests, 32 characters at least: 8f3b1c'
const { app, database } = await import('./app.js')
app.get('/', page)
site.show(app)
const PASSWORD = 'a long password'
const headers = { origin: site.url }

for (const { email, firstName, lastName } of Object.values(PEOPLE)) {
  const name = `${firstName} ${lastName}`
  await new Browser().postJson(`${site.url}/api/auth/sign-up/email`, { email, name, password: PASSWORD }, headers)
}
for (const user of database['user'] ?? []) {
  if (user.email !== PEOPLE.eve.email) user.emailVerified = true
}

await reportVisits(hubspot, {
  page: `${site.url}/`,
  async logIn(browser, name: Name) {
    const { email } = PEOPLE[name]
    await browser.postJson(`${site.url}/api/auth/sign-in/email`, { email, password: PASSWORD }, headers)
  },
  logOut: (browser) => browser.postJson(`${site.url}/api/auth/sign-out`, {}, headers)
})
