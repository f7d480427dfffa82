// An Express site with sessions and a login by header; records the reported errors and how long its pages waited.
import { Agent, get, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import { createConsoleOnError } from '../../lib/diagnostics.js'
import type { HubSpotIdentificationError } from '../../lib/errors.js'
import { type HubSpotIdentificationOptions, hubspotIdentification } from '../../lib/index.js'

/** The answer of a page. */
export type Page = { status: number; identified: boolean; token?: string; snippet: string }

/** A running site. */
export type Site = {
  errors: HubSpotIdentificationError[]
  /** For each page: the time from the call of the middleware to `next()`, in milliseconds. */
  waitsMs: number[]
  visit(email?: string): Promise<Page>
  identify: ReturnType<typeof hubspotIdentification>['identify']
  close(): Promise<void>
}

/** Starts a site; the header `x-user` logs in with that address. */
export async function startSite(options: HubSpotIdentificationOptions, names: object = {}): Promise<Site> {
  const errors: HubSpotIdentificationError[] = []
  const waitsMs: number[] = []
  const writeToConsole = createConsoleOnError()
  const identification = hubspotIdentification({
    onError: (error) => {
      errors.push(error)
      writeToConsole(error)
    },
    ...options
  })
  const logIn: RequestHandler = (req, _res, next) => {
    const email = req.get('x-user')
    if (email) Object.assign(req, { user: { email, ...names } })
    next()
  }
  const timed: RequestHandler = (req, res, next) => {
    const enteredAtMs = performance.now()
    identification(req, res, (error?: unknown) => {
      waitsMs.push(performance.now() - enteredAtMs)
      next(error)
    })
  }
  const app = express()
  app.use(session({ secret: 's', resave: false, saveUninitialized: false }), logIn, timed)
  app.get('/', (_req, res) => {
    const { identified, token, snippet } = res.locals.hubspot
    res.json({ identified, token, snippet })
  })
  const server = await new Promise<Server>((resolve) => {
    const listening: Server = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  const { port } = server.address() as AddressInfo
  // Fewer than a listen queue holds, so that the kernel does not delay connections.
  const agent = new Agent({ keepAlive: true, maxSockets: 300 })
  return {
    errors,
    waitsMs,
    identify: identification.identify,
    async visit(email) {
      const headers = email ? { 'x-user': email } : {}
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        get({ host: '127.0.0.1', port, headers, agent }, resolve).on('error', reject)
      })
      const { statusCode: status = 0 } = response
      const text = await readText(response)
      return { status, ...(status === 200 ? JSON.parse(text) : {}) }
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy()
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}

/** Waits for a condition, on the real clock. */
export async function until(condition: () => boolean): Promise<void> {
  const startedAtMs = performance.now()
  while (!condition()) {
    if (performance.now() - startedAtMs > 10_000) throw new Error('the condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
