// The app of part 4, in a separate process, with or without the library; HubSpot is simulated by the parent process.
import type { AddressInfo } from 'node:net'
import express from 'express'
import session, { MemoryStore } from 'express-session'
import { answerParent, settingsFromParent } from './support/child.js'
import { loadLibrary } from './support/library.js'
import { addNumberedUsers } from './support/numbered-users.js'

/** The settings of a server; without `hubspotUrl` it does not use the library. */
export type TroubleServerSettings = { library: string; hubspotUrl?: string }

const { library, hubspotUrl } = settingsFromParent<TroubleServerSettings>()

const app = express()
app.use(session({ secret: 'bench', resave: false, saveUninitialized: false, store: new MemoryStore() }))
addNumberedUsers(app)
if (hubspotUrl) {
  const { hubspotIdentification } = await loadLibrary(library)
  // All other options have their defaults.
  app.use(hubspotIdentification({ accessToken: 'pat-na1-bench', baseUrl: hubspotUrl }))
}
app.get('/', (_req, res) => {
  res.send(`<!doctype html><title>Page</title>${hubspotUrl ? res.locals.hubspot.snippet : ''}<h1>Hello</h1>`)
})

const server = app.listen(0, '127.0.0.1', () => {
  // If the server closed an idle connection while a page is requested, the page would count as failed.
  server.keepAliveTimeout = 10 * 60 * 1000
  answerParent({ port: () => (server.address() as AddressInfo).port })
})
