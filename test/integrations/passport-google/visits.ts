// Google's OpenID profile, with the real strategy against a provider on loopback.
import { page } from '../kit/pages.js'
import { playProvider, useProvider } from '../kit/played-oauth.js'
import { reportVisits, serve, startHubSpot } from '../kit/visits.js'

Object.assign(process.env, { GOOGLE_CLIENT_ID: 'id', GOOGLE_CLIENT_SECRET: 'secret', SESSION_SECRET: 'of these tests' })
const hubspot = await startHubSpot()
const provider = await playProvider({
  '/userinfo': ({ id, email, verified, firstName, lastName }) => ({
    sub: id,
    name: `${firstName} ${lastName}`,
    given_name: firstName,
    family_name: lastName,
    email,
    email_verified: verified
  })
})
const { app } = await import('./app.js')
useProvider('google', provider, { _userProfileURL: '/userinfo' })
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
