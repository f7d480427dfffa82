// The app around a recipe of docs/rendering.md: session, two users, middleware. Runs until its standard input ends.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import { type HubSpotIdentification, hubspotIdentification } from 'express-hubspot-identification'
import session from 'express-session'

declare module 'express-session' {
  interface SessionData {
    person?: keyof typeof PEOPLE
  }
}

/** The first address has characters that need escaping. */
const PEOPLE = {
  brien: { email: "o'brien+x&co@example.com", firstName: '</script><img src=x onerror=alert(1)>' },
  ada: { email: 'ada@example.com', firstName: 'Ada' }
}

/** The export of a recipe. */
export type AddPages = (app: Express, identification: HubSpotIdentification) => unknown

/** Serves the pages of the recipe and prints their URL. */
export async function serveRendered(addPages: AddPages): Promise<void> {
  const identification = hubspotIdentification({
    accessToken: process.env['HUBSPOT_ACCESS_TOKEN'],
    portalId: '12345',
    visitor: (req) => (req.session.person ? PEOPLE[req.session.person] : null)
  })
  const app = express()
  // Browsers request it automatically.
  app.get('/favicon.ico', (_req, res) => void res.sendStatus(204))
  app.use(session({ secret: 'of these tests', resave: false, saveUninitialized: false }))
  app.use(identification)
  app.get('/login/:name', (req, res) => {
    req.session.person = req.params.name as keyof typeof PEOPLE
    res.redirect('/')
  })
  app.get('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.redirect('/')))
  })
  app.post('/login', (req, res) => {
    req.session.person = 'brien'
    res.sendStatus(204)
  })
  app.post('/logout', (req, res, next) => {
    req.session.destroy((error) => (error ? next(error) : res.sendStatus(204)))
  })
  await addPages(app, identification)
  const server = createServer(app)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
  process.stdin.resume()
  await once(process.stdin, 'end')
  server.close()
  server.closeAllConnections()
}
