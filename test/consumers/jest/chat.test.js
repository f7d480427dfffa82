// The test of an app in Jest's default CommonJS mode, without a Jest configuration.
const { once } = require('node:events')
const express = require('express')
const session = require('express-session')
const { hubspotIdentification } = require('express-hubspot-identification')
const { startHubSpotSimulator } = require('express-hubspot-identification/testing')

test('the page identifies the user', async () => {
  const simulator = await startHubSpotSimulator()
  const app = express()
  app.use(session({ secret: 'of this test', resave: false, saveUninitialized: false }))
  app.use((req, _res, next) => {
    req.user = { email: 'ada@example.com' }
    next()
  })
  app.use(
    hubspotIdentification({
      accessToken: 'pat-na1-consumer',
      baseUrl: simulator.url,
      autoInsert: true,
      maxWaitMs: 5000
    })
  )
  app.get('/', (_req, res) => res.send('<!doctype html><html><head></head><body></body></html>'))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const page = await (await fetch(`http://127.0.0.1:${server.address().port}/`)).text()

  const token = page.match(/eyJ[\w.-]+/)[0]
  expect(simulator.verify(token)).toMatchObject({ email: 'ada@example.com' })
  expect(simulator.requests).toHaveLength(1)
  server.close()
  await simulator.close()
})
