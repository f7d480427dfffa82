// hubspot.reason: why nobody is identified, on the first page with a fault and on the pages after it.
import { describe, expect, test } from '@jest/globals'
import type { Request, Response } from 'express'
import supertest from 'supertest'
import type { NotIdentifiedReason } from '../../lib/index.js'
import type { SimulatorFault } from '../../lib/testing/index.js'
import { asUser, createApp, EXPRESS_MAJORS, readView } from '../support/create-app.js'

const ANN = { email: 'ann@example.com' }

/** An app in which Ann is logged in. */
async function createAnn(options: object = {}) {
  const app = await createApp({ session: false, options, before: (app) => app.use(asUser(ANN)) })
  return { ...app, view: async () => (await supertest(app.app).get('/view').expect(200)).body }
}

describe('the reason', () => {
  test.each<[string, SimulatorFault, NotIdentifiedReason]>([
    ['401', { status: 401, times: 9 }, 'unauthorized'],
    ['403', { status: 403, times: 9 }, 'forbidden'],
    ['400', { status: 400, times: 9 }, 'rejected'],
    ['404', { status: 404, times: 9 }, 'rejected'],
    ['500', { status: 500, times: 9 }, 'unavailable'],
    ['a reset connection', { reset: true, times: 9 }, 'unavailable'],
    ['a redirect', { redirect: 'https://example.com/', times: 9 }, 'unavailable'],
    ['a 2xx without a token', { token: 7, times: 9 }, 'unavailable'],
    ['429', { status: 429, times: 9 }, 'rate-limited']
  ])('of %s is on the first page, and held-back on the next one', async (_name, fault, reason) => {
    const { view, hubspot } = await createAnn()
    hubspot.respondWith(fault)
    expect(await view()).toMatchObject({ identified: false, reason })
    const asked = hubspot.requests.length
    expect(await view()).toMatchObject({ identified: false, reason: 'held-back' })
    expect(hubspot.requests).toHaveLength(asked)
  })

  test('of an empty budget of our own is rate-limited, not held-back', async () => {
    const rateLimiter = { consume: () => Promise.reject({ msBeforeNext: 1000 }) }
    const { view, hubspot } = await createAnn({ rateLimiter })
    for (const _ of [1, 2]) expect(await view()).toMatchObject({ identified: false, reason: 'rate-limited' })
    expect(hubspot.requests).toEqual([])
  })

  test('of a breaker that is open is held-back', async () => {
    const { app, hubspot } = await createApp({
      session: false,
      before: (app) => app.use((req, res, next) => asUser({ email: req.get('x-user') })(req, res, next))
    })
    hubspot.respondWith({ status: 401, times: 9 })
    const view = async (email: string) => (await supertest(app).get('/view').set('x-user', email)).body.reason
    expect(await view('a@example.com')).toBe('unauthorized')
    expect(await view('b@example.com')).toBe('unauthorized')
    expect(await view('c@example.com')).toBe('held-back')
    expect(hubspot.requests).toHaveLength(2)
  })

  test('is undefined on a page that is identified, and skipped for what cannot use an identity', async () => {
    const { app, view } = await createAnn()
    const image = await supertest(app).get('/view').set('sec-fetch-dest', 'image')
    expect(image.body).toMatchObject({ identified: false, reason: 'skipped' })
    const page = await view()
    expect(page.identified).toBe(true)
    expect('reason' in page).toBe(false)
  })
})

describe.each(EXPRESS_MAJORS)('a view that is kept after its response ($major)', ({ express }) => {
  test('identifies nobody on every later page', async () => {
    const seen: object[] = []
    const { app } = await createApp({
      express,
      session: false,
      before: (app) =>
        app.use((req: Request, res: Response, next) => (req.get('x-user') ? asUser(ANN)(req, res, next) : next())),
      routes: (app) => {
        // A mistake of the app: every page sees what is on app.locals.
        app.get('/keep', (_req, res) => {
          app.locals['kept'] = res.locals.hubspot
          res.json(readView(res))
        })
        app.get('/other', (_req, res) => {
          res.locals['kept'] = app.locals['kept']
          const view = readView(res, 'kept')
          seen.push({ ...app.locals['kept'] })
          res.json(view)
        })
      }
    })
    expect((await supertest(app).get('/keep').set('x-user', '1')).body).toMatchObject({
      identified: true,
      email: ANN.email
    })
    expect((await supertest(app).get('/other')).body).toEqual({
      identified: false,
      reason: 'changed',
      settings: {},
      json: '{}',
      snippet: ''
    })
    expect(seen).toEqual([{ identified: false, reason: 'changed', expiresAt: undefined }])
  })

  test('a view without a user prints nothing on a later page, where it would remove the identity of the user', async () => {
    const { app } = await createApp({
      express,
      session: false,
      routes: (app) => {
        app.get('/keep', (_req, res) => {
          app.locals['kept'] = res.locals.hubspot
          res.json({ snippet: res.locals.hubspot.snippet })
        })
        app.get('/other', (_req, res) => void res.json({ snippet: app.locals['kept'].snippet }))
      }
    })
    const kept = await supertest(app).get('/keep').set({ 'hx-request': 'true', cookie: 'hubspot-identified=1' })
    expect(kept.body.snippet).toContain('<script>')
    expect(
      (await supertest(app).get('/other').set({ 'hx-request': 'true', cookie: 'hubspot-identified=1' })).body.snippet
    ).toBe('')
  })
})
