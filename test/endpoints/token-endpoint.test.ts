// tokenEndpoint(): answers and headers, with and without the middleware before it.
import { describe, expect, test } from '@jest/globals'
import type { Express } from 'express'
import request from 'supertest'
import type { HubSpotIdentificationOptions } from '../../lib/index.js'
import { asUser, createApp, EXPRESS_MAJORS } from '../support/create-app.js'

const ANN = { email: 'ann@example.com' }

const ALWAYS = {
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin'
}

/** An app with the endpoint at `/token`, asked by this user. */
async function createEndpoint({
  user = ANN as object | null,
  options = {} as Partial<HubSpotIdentificationOptions>,
  ...parts
} = {}) {
  const seen = await createApp({
    session: false,
    mounted: false,
    options,
    before: (app) => app.use(asUser(user)),
    routes: (app, identification) => app.use('/token', identification.tokenEndpoint()),
    ...parts
  })
  return { ...seen, ask: () => request(seen.app).get('/token') }
}

/** Expects a problem+json answer that contains only this status. */
function expectProblem(response: request.Response, status: number, title: string): void {
  expect(response.status).toBe(status)
  expect(response.headers).toMatchObject(ALWAYS)
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json(;|$)/)
  expect(JSON.parse(response.text)).toEqual({ type: 'about:blank', title, status })
}

describe.each(EXPRESS_MAJORS)('tokenEndpoint() in $major', ({ express }) => {
  test.each([
    ['on its own', false],
    ['behind the middleware', true]
  ])('%s: answers 200 with the identity of the session', async (_name, mounted) => {
    const { loggedIn, hubspot } = await createApp({
      express,
      mounted,
      routes: (app, identification) => app.get('/token', identification.tokenEndpoint())
    })
    const ann = await loggedIn('ann')
    const { body, headers } = await ann.get('/token').expect(200)
    expect(Object.keys(body)).toEqual(['identificationEmail', 'identificationToken', 'expiresAt'])
    expect(body.identificationEmail).toBe(ANN.email)
    expect(hubspot.verify(body.identificationToken)).toMatchObject(ANN)
    expect(body.expiresAt).toBeGreaterThan(Date.now())
    expect(headers).toMatchObject(ALWAYS)
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect((await ann.get('/token')).body).toEqual(body)
    expect(hubspot.requests).toHaveLength(1)
  })

  test.each([
    ['nobody', { user: null }],
    ['a user who is not verified', { user: { ...ANN, email_verified: false } }],
    ['a request that is skipped', { options: { skip: () => true } }]
  ])('answers 204 to %s', async (_name, parts) => {
    const { ask, hubspot } = await createEndpoint({ ...parts, express } as object)
    const response = await ask().expect(204)
    expect(response.headers).toMatchObject(ALWAYS)
    expect(response.text).toBe('')
    expect(hubspot.requests).toEqual([])
  })

  test('names the visitor by a mark, with and without a token, so that a page can tell a switch of users from an outage', async () => {
    const { app, hubspot } = await createEndpoint({
      options: { visitor: (req) => ({ email: `${req.get('x-user')}@example.com` }), retries: 0 }
    })
    const markOf = async (user: string, status: number) => {
      const { headers } = await request(app).get('/token').set('x-user', user).expect(status)
      expect(JSON.stringify(headers)).not.toContain(user)
      return headers['hubspot-visitor']
    }
    const ann = await markOf('ann', 200)
    expect(ann).toMatch(/^[\w-]{43}$/)
    expect(await markOf('ann', 200)).toBe(ann)
    hubspot.respondWith({ status: 503, times: Number.POSITIVE_INFINITY })
    const bob = await markOf('bob', 503)
    expect(bob).not.toBe(ann)
    hubspot.respondWith({ delayMs: 100 }, { status: 400, times: Number.POSITIVE_INFINITY })
    expect(await markOf('bob', 503)).toBe(bob)
  })

  test('sets no mark without a visitor', async () => {
    const { ask } = await createEndpoint({ user: null })
    expect((await ask().expect(204)).headers).not.toHaveProperty('hubspot-visitor')
  })

  test('sets the mark also when the token came too late', async () => {
    const { ask, hubspot } = await createEndpoint({ options: { maxWaitMs: 20 } })
    hubspot.respondWith({ delayMs: 300 })
    const late = (await ask().expect(503)).headers['hubspot-visitor']
    expect(late).toMatch(/^[\w-]{43}$/)
  })

  test('answers 503 with Retry-After while no token can be had', async () => {
    const { ask, hubspot } = await createEndpoint({ express } as object)
    hubspot.respondWith({ status: 429, headers: { 'retry-after': '77' } })
    const response = await ask()
    expectProblem(response, 503, 'Service Unavailable')
    expect(Number(response.headers['retry-after'])).toBeGreaterThan(0)
  })

  test.each(['post', 'put', 'delete', 'patch', 'options'] as const)('answers 405 to %s', async (method) => {
    const { app, hubspot } = await createEndpoint({ express } as object)
    const response = await request(app)[method]('/token')
    expectProblem(response, 405, 'Method Not Allowed')
    expect(response.headers['allow']).toBe('GET')
    expect(hubspot.requests).toEqual([])
  })

  test('answers 405 to HEAD, without a body', async () => {
    const { app } = await createEndpoint({ express } as object)
    const response = await request(app).head('/token').expect(405)
    expect(response.headers).toMatchObject(ALWAYS)
  })

  test('answers 403 to a page of another site, without a mint', async () => {
    const { ask, hubspot } = await createEndpoint({ express } as object)
    const response = await ask().set('Sec-Fetch-Site', 'cross-site')
    expectProblem(response, 403, 'Forbidden')
    expect(hubspot.requests).toEqual([])
  })

  test.each(['same-origin', 'same-site', 'none', undefined])('answers %s', async (site) => {
    const { ask } = await createEndpoint({ express } as object)
    await ask()
      .set(site ? { 'Sec-Fetch-Site': site } : {})
      .expect(200)
  })
})

describe('tokenEndpoint()', () => {
  test.each<[string, Partial<HubSpotIdentificationOptions>, number]>([
    ['a mint that is late', { maxWaitMs: 0 }, 1],
    ['a visitor that throws', { visitor: () => Promise.reject(new Error('of the app')) }, 30]
  ])('has a Retry-After for %s', async (_name, options, seconds) => {
    const { ask } = await createEndpoint({ options })
    const response = await ask()
    expectProblem(response, 503, 'Service Unavailable')
    expect(response.headers['retry-after']).toBe(String(seconds))
  })

  test('takes no input from the client', async () => {
    const { app, hubspot } = await createEndpoint({ user: null })
    await request(app)
      .get('/token?email=ann@example.com&identificationEmail=ann@example.com')
      .set({ email: ANN.email, 'content-type': 'application/json' })
      .send(ANN)
      .expect(204)
    expect(hubspot.requests).toEqual([])
  })

  test.each(EXPRESS_MAJORS)('never answers 304 ($major)', async (major) => {
    const { app } = await createEndpoint({ ...major } as object)
    const etag = (await request(app).get('/token')).headers['etag']
    expect(etag).toBeUndefined()
    const { status, body, headers } = await request(app).get('/token').set('if-none-match', '*')
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch(/^application\/json/)
    expect(body).toEqual({
      identificationEmail: ANN.email,
      identificationToken: expect.any(String),
      expiresAt: expect.any(Number)
    })
  })

  test('answers also if the locals are frozen', async () => {
    const { ask } = await createEndpoint({
      configure: (app: Express) =>
        app.use((_req, res, next) => {
          Object.freeze(res.locals)
          next()
        })
    } as object)
    const { status, body } = await ask()
    expect([status, body.identificationEmail]).toEqual([200, ANN.email])
  })

  test('never lets a CDN store an answer, whatever headers the app sets for all pages', async () => {
    for (const user of [ANN, null]) {
      const { ask } = await createEndpoint({
        user,
        configure: (app: { use: (handler: unknown) => void }) =>
          app.use((_req: unknown, res: { set(headers: object): void }, next: () => void) => {
            res.set({ 'Cache-Control': 'public, max-age=60', 'CDN-Cache-Control': 'max-age=60' })
            next()
          })
      } as object)
      const { status, headers } = await ask()
      expect(status).toBe(user ? 200 : 204)
      expect(headers).toMatchObject(ALWAYS)
      expect(headers).not.toHaveProperty('cdn-cache-control')
    }
  })

  test('does not contain the cause', async () => {
    const { ask, hubspot, errors } = await createEndpoint()
    hubspot.respondWith({ status: 403 })
    expectProblem(await ask(), 503, 'Service Unavailable')
    expect(errors.map(({ code }) => code)).toContain('ERR_FORBIDDEN')
  })
})
