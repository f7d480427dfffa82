// A real Express site with sessions and a login by header, that remembers what it was told and how long its pages waited.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import { writeToDebugLog } from '../../lib/diagnostics.js'
import type { HubSpotIdentificationError } from '../../lib/errors.js'
import { type HubSpotIdentificationOptions, hubspotIdentification } from '../../lib/index.js'

/** What a page answered. */
export type Page = { status: number; identified: boolean; token?: string; snippet: string }

/** A running site. */
export type Site = {
  errors: HubSpotIdentificationError[]
  /** From the entry of the middleware to `next()`, one number per page. */
  waitsMs: number[]
  visit(email?: string): Promise<Page>
  identify: ReturnType<typeof hubspotIdentification>['identify']
  close(): Promise<void>
}

/** Starts a site; whoever sends `x-user` is logged in with that address. */
export async function startSite(options: HubSpotIdentificationOptions, names: object = {}): Promise<Site> {
  const errors: HubSpotIdentificationError[] = []
  const waitsMs: number[] = []
  const identification = hubspotIdentification({
    onError: (error) => {
      errors.push(error)
      writeToDebugLog(error)
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
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    errors,
    waitsMs,
    identify: identification.identify,
    async visit(email) {
      const response = await fetch(url, { headers: email ? { 'x-user': email } : {} })
      const text = await response.text()
      return { status: response.status, ...(response.status === 200 ? JSON.parse(text) : {}) }
    },
    close: () =>
      new Promise((resolve) => {
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
