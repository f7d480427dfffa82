// The test of an app in Vitest, without a Vitest configuration.
import { once } from 'node:events'
import express from 'express'
import { hubspotIdentification } from 'express-hubspot-identification'
import { startHubSpotSimulator } from 'express-hubspot-identification/testing'
import session from 'express-session'
import { expect, test } from 'vitest'

test('the page identifies the user', async () => {
  const simulator = await startHubSpotSimulator()
  const app = express()
  app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }))
  app.use((req, _res, next) => {
    req.user = { email: 'ada@example.com' }
    next()
  })
  app.use(hubspotIdentification({ accessToken: 'pat-na1-consumer', baseUrl: simulator.url, maxWaitMs: 5000 }))
  app.get('/', (_req, res) => res.send(`<!doctype html><head>${res.locals.hubspot.snippet}</head>`))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const page = await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text()

  const token = page.match(/eyJ[\w.-]+/)[0]
  expect(simulator.verify(token)).toMatchObject({ email: 'ada@example.com' })
  expect(simulator.requests).toHaveLength(1)
  server.close()
  await simulator.close()
})
