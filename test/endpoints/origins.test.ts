// tokenEndpoint({ origins }): pages of the named origins may read the endpoint; for all others nothing changes.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import express5 from 'express'
import type { Browser } from 'playwright-core'
import request from 'supertest'
import { HubSpotIdentificationError } from '../../lib/index.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { asUser, createApp, EXPRESS_MAJORS } from '../support/create-app.js'

const ANN = { email: 'ann@example.com' }
const ORIGIN = 'https://app.example.com'
const CORS_HEADERS = /^access-control-/

describe.each(EXPRESS_MAJORS)('tokenEndpoint({ origins }) in $major', ({ express }) => {
  async function createEndpoint({ user = ANN as object | null } = {}) {
    return createApp({
      express,
      session: false,
      mounted: false,
      options: { session: false },
      before: (app) => app.use(asUser(user)),
      routes: (app, identification) => {
        app.use('/token', identification.tokenEndpoint({ origins: [ORIGIN, 'http://localhost:5173'] }))
        app.use('/own', identification.tokenEndpoint())
      }
    })
  }

  test.each([ORIGIN, 'http://localhost:5173'])('a page of %s reads the identity, with credentials', async (origin) => {
    const { app } = await createEndpoint()
    const { body, headers } = await request(app)
      .get('/token')
      .set({ origin, 'sec-fetch-site': 'cross-site' })
      .expect(200)
    expect(body.identificationEmail).toBe(ANN.email)
    expect(headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'HubSpot-Visitor, Date, Retry-After',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, no-store',
      vary: 'Origin'
    })
  })

  test.each([
    ['nobody', 204],
    ['a HubSpot that is down', 503]
  ])('the answer for %s is readable, too', async (_name, status) => {
    const { app, hubspot } = await createEndpoint({ user: status === 204 ? null : ANN })
    if (status === 503) hubspot.respondWith({ status: 500, times: 9 })
    const { headers } = await request(app)
      .get('/token')
      .set({ origin: ORIGIN, 'sec-fetch-site': 'cross-site' })
      .expect(status)
    expect(headers['access-control-allow-origin']).toBe(ORIGIN)
  })

  test('a preflight is answered, without a session, a visitor or a mint', async () => {
    const { app, hubspot } = await createEndpoint()
    const { headers, text } = await request(app)
      .options('/token')
      .set({
        origin: ORIGIN,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
        'sec-fetch-site': 'cross-site'
      })
      .expect(204)
    expect(text).toBe('')
    expect(headers).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'GET',
      'access-control-allow-headers': 'authorization',
      'access-control-max-age': '600',
      vary: 'Origin'
    })
    expect(hubspot.requests).toEqual([])
  })

  test.each([
    'null',
    'https://app.example.com.evil.example',
    'https://evil.example',
    'https://evilapp.example.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://APP.example.com',
    'https://app.example.com/',
    '*',
    ''
  ])('for a page of %j nothing changes', async (origin) => {
    const { app, hubspot } = await createEndpoint()
    const site = { origin, 'sec-fetch-site': 'cross-site' }
    for (const path of ['/token', '/own']) {
      const asked = await request(app).get(path).set(site).expect(403)
      const preflight = await request(app).options(path).set(site).expect(405)
      for (const { headers } of [asked, preflight])
        expect(Object.keys(headers).filter((name) => CORS_HEADERS.test(name))).toEqual([])
    }
    expect(hubspot.requests).toEqual([])
  })

  test('for a page of its own origin, and for clients that are no browsers, only Vary is added', async () => {
    const { app } = await createEndpoint()
    for (const site of [{ 'sec-fetch-site': 'same-origin' }, {}]) {
      const { headers } = await request(app).get('/token').set(site).expect(200)
      expect(headers).toMatchObject({ 'cross-origin-resource-policy': 'same-origin', vary: 'Origin' })
      expect(Object.keys(headers).filter((name) => CORS_HEADERS.test(name))).toEqual([])
    }
    expect((await request(app).get('/own').expect(200)).headers['vary']).toBeUndefined()
  })

  test('the Vary header of the app is kept', async () => {
    const { app } = await createApp({
      express,
      session: false,
      mounted: false,
      before: (each) =>
        each.use((_req, res, next) => {
          res.setHeader('Vary', 'Accept-Encoding')
          next()
        }),
      routes: (each, identification) => each.get('/token', identification.tokenEndpoint({ origins: [ORIGIN] }))
    })
    expect((await request(app).get('/token').expect(204)).headers['vary']).toBe('Accept-Encoding, Origin')
  })
})

describe('invalid origins', () => {
  test.each<[string, unknown, RegExp]>([
    ["'*'", { origins: ['*'] }, /"origins\[0\]" is '\*'.*Name each origin/],
    ["'null'", { origins: [ORIGIN, 'null'] }, /"origins\[1\]" is 'null'/],
    ['a wildcard', { origins: ['https://*.example.com'] }, /holds a wildcard/],
    ['a path', { origins: ['https://app.example.com/chat'] }, /has a path/],
    ['a slash', { origins: ['https://app.example.com/'] }, /ends with a slash/],
    ['a host', { origins: ['app.example.com'] }, /has no scheme.*https:\/\//],
    ['capital letters', { origins: ['https://App.example.com'] }, /upper-case/],
    ['the default port', { origins: ['https://app.example.com:443'] }, /default port/],
    ['credentials', { origins: ['https://ann:secret@app.example.com'] }, /credentials/],
    ['a query', { origins: ['https://app.example.com/?secret'] }, /query/],
    ['another scheme', { origins: ['ftp://app.example.com'] }, /http or https/],
    ['no URL', { origins: ['https://'] }, /is no URL/],
    ['an empty text', { origins: [''] }, /is empty/],
    ['a number', { origins: [5] }, /got a number/],
    ['a hole', { origins: new Array(1) }, /"origins\[0\]".*got undefined/],
    ['no origin', { origins: [] }, /"origins" is empty/],
    ['a text', { origins: ORIGIN }, /"origins" must be an array, got a string/],
    ['an array', [ORIGIN], /must be an object, got an array/],
    ['another key', { origin: [ORIGIN] }, /Unknown option "origin"/]
  ])('%s', async (_name, options, message) => {
    const { identification } = await createApp({ session: false })
    let error: unknown
    try {
      identification.tokenEndpoint(options as never)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(HubSpotIdentificationError)
    expect(error).toMatchObject({ code: 'ERR_OPTIONS_INVALID', message: expect.stringMatching(message) })
    expect(String(error)).not.toContain('secret')
  })

  test('an undefined option means no other origins', async () => {
    const { identification } = await createApp({ session: false })
    for (const options of [undefined, {}, { origins: undefined }])
      expect(typeof identification.tokenEndpoint(options)).toBe('function')
  })
})

describeWithChromium('a page of another origin in Chromium', () => {
  let chromium: Browser
  beforeAll(async () => {
    chromium = await launchChromium()
  })
  afterAll(() => chromium.close())

  /** Serves an empty page; gives its origin. */
  async function servePage(): Promise<{ origin: string; close: () => void }> {
    const server = express5()
      .get('/', (_req, res) => void res.send('<!doctype html><title>Front end</title>'))
      .listen(0, '127.0.0.1')
    await once(server, 'listening')
    return {
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close: () => {
        server.close()
        server.closeAllConnections()
      }
    }
  }

  test.each([
    ['reads the identity when it is named', true],
    ['cannot read anything when it is not', false]
  ])('%s', async (_name, isNamed) => {
    const front = await servePage()
    const { app } = await createApp({
      session: false,
      mounted: false,
      options: { session: false },
      before: (each) =>
        each.use((req, res, next) =>
          req.get('authorization') === 'Bearer anns' ? asUser(ANN)(req, res, next) : next()
        ),
      routes: (each, identification) =>
        each.use(
          '/token',
          identification.tokenEndpoint({ origins: [isNamed ? front.origin : 'https://another.example'] })
        )
    })
    const server = app.listen(0, 'localhost')
    await once(server, 'listening')
    const url = `http://localhost:${(server.address() as AddressInfo).port}/token`
    const tab = await chromium.newPage()
    await tab.goto(front.origin)
    const read = await tab.evaluate(async (address) => {
      try {
        const response = await fetch(address, { credentials: 'include', headers: { authorization: 'Bearer anns' } })
        return { visitor: response.headers.get('hubspot-visitor'), ...(await response.json()) }
      } catch {
        return 'refused'
      }
    }, url)
    if (isNamed)
      expect(read).toMatchObject({ identificationEmail: ANN.email, visitor: expect.stringMatching(/^[\w-]{43}$/) })
    else expect(read).toBe('refused')
    await tab.close()
    front.close()
    server.close()
    server.closeAllConnections()
  })
})
