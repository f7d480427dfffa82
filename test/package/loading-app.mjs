// Run by loading.test.ts in a separate process: a user with a token on the session, then two new visitors at the same time.

import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import express from 'express'
import { startHubSpotSimulator } from 'express-hubspot-identification/testing'
import session from 'express-session'

const { moduleSystem, isBroken } = JSON.parse(process.argv[2])
globalThis.loaded = []

const name = 'express-hubspot-identification'
const { hubspotIdentification } = moduleSystem === 'esm' ? await import(name) : createRequire(import.meta.url)(name)
const loadedAtImport = globalThis.loaded.splice(0).sort()
globalThis.isBroken = isBroken

const simulator = await startHubSpotSimulator()
const [account, baseUrl] = ['of-this-test', simulator.url]
// As in lib/tokens/account.ts.
const digest = createHash('sha256')
  .update(JSON.stringify([account, baseUrl]))
  .digest('base64url')
const onSession = {
  email: 'ada@example.com',
  token: 'eyJ.of.ada',
  expiresAt: Date.now() + 10 * 3600_000,
  account: digest
}
const errors = []
const identification = hubspotIdentification({
  accessToken: 'pat-na1-loading',
  account,
  baseUrl,
  cache: { store: new Map() },
  maxWaitMs: 10_000,
  onError: (error) => errors.push(error.code)
})

const app = express()
app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }))
app.use((req, _res, next) => {
  const email = String(req.query.as)
  req.user = { email }
  if (email === onSession.email) req.session.hubspot = onSession
  next()
})
app.use(identification)
app.get('/', (_req, res) => res.json(res.locals.hubspot.email ?? 'nobody'))
const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const visit = async (who) => (await fetch(`http://127.0.0.1:${server.address().port}/?as=${who}@example.com`)).json()

const first = [await visit('ada'), await visit('ada')]
const loadedForSession = [...globalThis.loaded]
const others = await Promise.all([visit('bob'), visit('carol')])
const identified = await identification.identify({ email: 'dan@example.com' }).then(
  ({ email }) => email,
  ({ code }) => code
)
server.close()
server.closeAllConnections()
const calls = simulator.requests.length
await simulator.close()
console.log(
  JSON.stringify({
    loadedAtImport,
    first,
    loadedForSession,
    others,
    identified,
    loaded: globalThis.loaded.sort(),
    calls,
    errors
  })
)
