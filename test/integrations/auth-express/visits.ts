// Auth.js for Express with oidc-provider.

import type { Browser } from '../kit/browser.js'
import { page } from '../kit/pages.js'
import { playOpenId } from '../kit/played-openid.js'
import { reportVisits, reserve, startHubSpot } from '../kit/visits.js'

const hubspot = await startHubSpot()
const site = await reserve()
const provider = await playOpenId(`${site.url}/auth/callback/company`, site.url)
Object.assign(process.env, {
  OIDC_ISSUER: provider.url,
  OIDC_CLIENT_ID: provider.clientId,
  OIDC_CLIENT_SECRET: provider.clientSecret,
  AUTH_SECRET: 'of these tests, of 32 characters at least',
  AUTH_TRUST_HOST: 'true'
})
const { app } = await import('./app.js')
app.get('/', page)
site.show(app)

async function csrfToken(browser: Browser): Promise<string> {
  const { text } = await browser.get(`${site.url}/auth/csrf`)
  return JSON.parse(text).csrfToken
}

await reportVisits(hubspot, {
  page: `${site.url}/`,
  async logIn(browser, name) {
    browser.setCookie(provider.url, 'person', name)
    const fields = { csrfToken: await csrfToken(browser), callbackUrl: `${site.url}/` }
    await browser.post(`${site.url}/auth/signin/company`, fields)
  },
  async logOut(browser) {
    const fields = { csrfToken: await csrfToken(browser), callbackUrl: `${site.url}/` }
    return browser.post(`${site.url}/auth/signout`, fields)
  }
})
