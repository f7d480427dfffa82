// Any caching headers, set before or after the identity is read: no shared cache may store an identity.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import express from 'express'
import fc from 'fast-check'
import request from 'supertest'
import { hubspotIdentification } from '../../lib/index.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'

jest.setTimeout(60_000)

let simulator: HubSpotSimulator
beforeAll(async () => {
  simulator = await startHubSpotSimulator()
})
afterAll(() => simulator.close())

const directive = fc.constantFrom(
  'public',
  'private',
  'no-store',
  'no-cache',
  'max-age=600',
  's-maxage=600',
  'S-MaxAge=600',
  'PUBLIC',
  'immutable',
  'private="set-cookie"',
  'no-cache="set-cookie"',
  'stale-while-revalidate=60',
  'must-revalidate',
  'x="a, no-store"',
  'x="private"',
  '',
  ' '
)
const value = fc.array(directive, { maxLength: 4 }).chain((parts) => fc.constantFrom(parts.join(', '), parts.join(',')))
const NAMES = [
  'Cache-Control',
  'cache-control',
  'CDN-Cache-Control',
  'Surrogate-Control',
  'Cloudflare-CDN-Cache-Control'
]
const header = fc.record({
  name: fc.constantFrom(...NAMES),
  value: fc.oneof(value, fc.array(value, { minLength: 1, maxLength: 2 }))
})
const headers = fc.array(header, { maxLength: 2 })

/** A shared cache by the standard: it stores nothing with `no-store`, or `private` without a field name, outside of quotes. */
function mayStore(given: string): boolean {
  const bare = given
    .toLowerCase()
    .replace(/"[^"]*"/g, '""')
    .split(',')
    .map((part) => part.trim())
  return !bare.includes('no-store') && !bare.includes('private')
}

test('no headers let a shared cache store an identity', async () => {
  let withIdentity = 0
  await fc.assert(
    fc.asyncProperty(headers, headers, fc.constantFrom('send', 'writeHead', 'flush'), async (before, after, way) => {
      const app = express()
      app.use((req, res, next) => {
        Object.assign(req, { user: { email: 'jane@example.com' } })
        for (const { name, value } of before) res.setHeader(name, value)
        next()
      })
      app.use(identification)
      app.get('/', (_req, res) => {
        if (way === 'flush') res.flushHeaders()
        const snippet = res.locals.hubspot.snippet
        if (way === 'flush') return void res.end(snippet)
        if (way === 'send') {
          for (const { name, value } of after) res.setHeader(name, value)
          return void res.send(snippet)
        }
        res.writeHead(200, Object.fromEntries(after.map(({ name, value }) => [name, value])))
        res.end(snippet)
      })
      const response = await request(app).get('/').buffer(true).parse(readText)
      expect(response.status).toBe(200)
      if (!String(response.body).includes('identificationToken')) return
      withIdentity += 1
      expect(mayStore(response.headers['cache-control'] ?? '')).toBe(false)
      for (const name of NAMES.slice(2)) {
        const cdn: string | undefined = response.headers[name.toLowerCase()]
        if (cdn !== undefined) expect({ name, cdn, mayStore: mayStore(cdn) }).toMatchObject({ mayStore: false })
      }
    }),
    { numRuns: 300 }
  )
  expect(withIdentity).toBeGreaterThan(50)

  function readText(response: request.Response, done: (error: null, body: string) => void): void {
    let body = ''
    response.on('data', (chunk) => {
      body += String(chunk)
    })
    response.on('end', () => done(null, body))
  }
})

let identification: ReturnType<typeof hubspotIdentification>
beforeAll(() => {
  identification = hubspotIdentification({ accessToken: 'pat-1', baseUrl: simulator.url, onError: () => {} })
})
