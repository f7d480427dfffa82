// The Passport strategy of openid-client with oidc-provider.
import { page } from '../kit/pages.js'
import { playOpenId } from '../kit/played-openid.js'
import { reportVisits, reserve, startHubSpot } from '../kit/visits.js'

const hubspot = await startHubSpot()
const site = await reserve()
const provider = await playOpenId(`${site.url}/login/callback`, site.url)
Object.assign(process.env, {
  OIDC_ISSUER: provider.url,
  OIDC_CLIENT_ID: provider.clientId,
  OIDC_CLIENT_SECRET: provider.clientSecret,
  APP_URL: site.url,
  SESSION_SECRET: 'of these tests'
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
  logOut: (browser) => browser.post(`${site.url}/logout`)
})
