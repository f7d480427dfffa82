// GitHub's profile and list of addresses, with the real strategy against a provider on loopback.
import { page } from '../kit/pages.js'
import { playProvider, useProvider } from '../kit/played-oauth.js'
import { reportVisits, serve, startHubSpot } from '../kit/visits.js'

Object.assign(process.env, { GITHUB_CLIENT_ID: 'id', GITHUB_CLIENT_SECRET: 'secret', SESSION_SECRET: 'of these tests' })
const hubspot = await startHubSpot()
const provider = await playProvider({
  '/user': ({ id, firstName, email }) => ({ id, login: firstName, name: firstName, email }),
  '/user/emails': ({ email, verified }) => [
    { email: 'old@example.com', primary: false, verified: true },
    { email, primary: true, verified }
  ]
})
const { app } = await import('./app.js')
useProvider('github', provider, { _userProfileURL: '/user', _userEmailURL: '/user/emails' })
app.get('/', page)
const { url } = await serve(app)

await reportVisits(hubspot, {
  page: `${url}/`,
  async logIn(browser, name) {
    browser.setCookie(provider.url, 'person', name)
    await browser.get(`${url}/login`)
  },
  logOut: (browser) => browser.post(`${url}/logout`)
})
