// Clerk's middleware with a key that needs no network, and a simulated Clerk API on loopback.
import { generateKeyPairSync } from 'node:crypto'
import express from 'express'
import jwt from 'jsonwebtoken'
import { loadPageWithFiles, serveFiles } from '../kit/many-files.js'
import { page } from '../kit/pages.js'
import { type Name, PEOPLE, reportVisits, serve, startHubSpot } from '../kit/visits.js'

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' }
})
const asked: string[] = []
const clerk = express()
clerk.get('/v1/users/:id', (req, res) => {
  asked.push(req.params.id)
  const person = Object.values(PEOPLE).find(({ id }) => id === req.params.id)
  if (!person) return void res.status(404).json({ errors: [] })
  const { id, email, verified, firstName, lastName } = person
  const verification = { status: verified ? 'verified' : 'unverified', strategy: 'email_code' }
  const address = { object: 'email_address', id: 'idn_1', email_address: email, verification, linked_to: [] }
  const user = {
    object: 'user',
    id,
    first_name: firstName,
    last_name: lastName,
    primary_email_address_id: 'idn_1',
    email_addresses: [address]
  }
  // Without a charset, as Clerk sends it: its client reads other content types as text.
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(user))
})

const hubspot = await startHubSpot()
const provider = await serve(clerk, 'localhost')
Object.assign(process.env, {
  CLERK_API_URL: provider.url,
  CLERK_JWT_KEY: publicKey,
  CLERK_SECRET_KEY: 'sk_live_of_these_tests',
  CLERK_PUBLISHABLE_KEY: `pk_live_${Buffer.from('clerk.example.com$').toString('base64')}`
})
const { app } = await import('./app.js')
app.get('/', page)
serveFiles(app)
const { url } = await serve(app)
const seconds = () => Math.floor(Date.now() / 1000)

function sessionToken(name: Name): string {
  const { id } = PEOPLE[name]
  const claims = {
    sub: id,
    sid: `sess_${name}`,
    iss: 'https://clerk.example.com',
    nbf: seconds() - 5,
    azp: url,
    v: 2,
    sts: 'active'
  }
  return jwt.sign(claims, privateKey, { algorithm: 'RS256', expiresIn: 60, keyid: 'ins_1' })
}

await reportVisits(
  hubspot,
  {
    page: `${url}/`,
    async logIn(browser, name) {
      browser.setCookie(url, '__session', sessionToken(name))
      browser.setCookie(url, '__client_uat', String(seconds() - 5))
      if (name === 'ada') await loadPageWithFiles(browser, url, `${url}/`)
    },
    // As Clerk's script does in a browser.
    async logOut(browser) {
      browser.removeCookie(url, '__session')
      browser.setCookie(url, '__client_uat', '0')
      return browser.get(`${url}/`)
    }
  },
  () => ({ asked })
)
