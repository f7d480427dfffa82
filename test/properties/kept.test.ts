// Any JSON under the library's keys on the session or in the shared store: no crash, and no token of another user.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import express from 'express'
import session from 'express-session'
import fc from 'fast-check'
import request from 'supertest'
import { hubspotIdentification } from '../../lib/index.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'

jest.setTimeout(60_000)

let simulator: HubSpotSimulator
beforeAll(async () => {
  simulator = await startHubSpotSimulator({ rateLimit: { max: 1_000_000 } })
})
afterAll(() => simulator.close())

const EMAIL = 'jane@example.com'
const HOUR_MS = 60 * 60 * 1000
const field = <T>(right: fc.Arbitrary<T>) => fc.oneof(right, fc.jsonValue(), fc.constant(undefined))
/** Almost valid entries find more faults than random JSON. */
const kept = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      email: field(fc.constantFrom(EMAIL, 'Jane@example.com', 'mallory@example.com')),
      token: field(fc.constantFrom('foreign', '</script>', '')),
      expiresAt: field(fc.constantFrom(Date.now() + HOUR_MS, 0, -1, 8.64e15, 1e308)),
      account: field(fc.constantFrom('another', ''))
    },
    { requiredKeys: [] }
  )
)

const base = () => ({
  accessToken: 'pat-1',
  baseUrl: simulator.url,
  rateLimiter: { consume: async () => {} },
  onError: (error: unknown) => {
    throw error
  }
})

async function pageOf(app: express.Express): Promise<{ email?: string; token?: string }> {
  app.get('/', (_req, res) => {
    const { email, token } = res.locals.hubspot
    res.json({ email, token })
  })
  const { body } = await request(app).get('/').expect(200)
  return body
}

describe('any entry still gives the right identity', () => {
  test('on the session', async () => {
    await fc.assert(
      fc.asyncProperty(kept, async (entry) => {
        const app = express()
        app.use(session({ secret: 's', resave: false, saveUninitialized: false }))
        app.use((req, _res, next) => {
          Object.assign(req, { user: { email: EMAIL } })
          Object.assign(req.session, { hubspot: entry })
          next()
        })
        app.use(hubspotIdentification(base()))
        const { email, token } = await pageOf(app)
        expect(email).toBe(EMAIL)
        expect(simulator.verify(token)?.email).toBe(EMAIL)
      }),
      { numRuns: 120 }
    )
  })

  test('in the shared store', async () => {
    await fc.assert(
      fc.asyncProperty(kept, async (entry) => {
        const app = express()
        app.use((req, _res, next) => {
          Object.assign(req, { user: { email: EMAIL } })
          next()
        })
        const store = { get: async () => entry, set: async () => true, delete: async () => true }
        app.use(hubspotIdentification({ ...base(), cache: { store }, account: 'a' }))
        const { email, token } = await pageOf(app)
        expect(email).toBe(EMAIL)
        expect(simulator.verify(token)?.email).toBe(EMAIL)
      }),
      { numRuns: 120 }
    )
  })
})
