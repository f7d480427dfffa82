// express-openid-connect with oidc-provider: the authorization code flow, and the logout.
import { page } from '../kit/pages.js'
import { playOpenId } from '../kit/played-openid.js'
import { reportVisits, reserve, startHubSpot } from '../kit/visits.js'

const hubspot = await startHubSpot()
const site = await reserve()
const provider = await playOpenId(`${site.url}/callback`, site.url)
Object.assign(process.env, {
  ISSUER_BASE_URL: provider.url,
  BASE_URL: site.url,
  CLIENT_ID: provider.clientId,
  CLIENT_SECRET: provider.clientSecret,
  SECRET: 'of these tests, of 32 characters at least'
})
const { app } = await import('./app.js')
app.get('/', page)
site.show(app)

await reportVisits(hubspot, {
  page: `${site.url}/`,
  async logIn(browser, name) {
    browser.setCookie(provider.url, 'person', name)
    await browser.get(`${site.url}/login`)
  },
  logOut: (browser) => browser.get(`${site.url}/logout`)
})
