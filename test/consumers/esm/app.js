// An ECMAScript module app with a session: visits two pages as the same user and prints what happened.
import { once } from 'node:events'
import express from 'express'
import { cspDirectives, HubSpotIdentificationError, hubspotIdentification } from 'express-hubspot-identification'
import { forgetVisitor, startChat } from 'express-hubspot-identification/browser'
import { startHubSpotSimulator } from 'express-hubspot-identification/testing'
import session from 'express-session'

const simulator = await startHubSpotSimulator()
const app = express()
app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }))
app.use((req, _res, next) => {
  req.session.visits = (req.session.visits ?? 0) + 1
  req.user = { email: 'ada@example.com' }
  next()
})
app.use(
  hubspotIdentification({
    accessToken: 'pat-na1-consumer',
    baseUrl: simulator.url,
    maxWaitMs: 5000,
    autoInsert: true
  })
)
app.get('/', (_req, res) => res.send('<!doctype html><html><head><title>Hello</title></head><body></body></html>'))

const server = app.listen(0, '127.0.0.1')
await once(server, 'listening')
const url = `http://127.0.0.1:${server.address().port}/`
const first = await fetch(url)
const cookie = first.headers.get('set-cookie').split(';')[0]
const second = await fetch(url, { headers: { cookie } })
const pages = [await first.text(), await second.text()]

const tokens = pages.map((page) => page.match(/eyJ[\w.-]+/)?.[0])
console.log(
  JSON.stringify({
    exports: [hubspotIdentification, HubSpotIdentificationError, cspDirectives, startChat, forgetVisitor].map(
      (value) => typeof value
    ),
    calls: simulator.requests.length,
    visitors: tokens.map((token) => simulator.verify(token)?.email),
    sameToken: tokens[0] === tokens[1],
    cacheControl: first.headers.get('cache-control')
  })
)
server.close()
await simulator.close()
