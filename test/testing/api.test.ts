// The simulator's answers to API calls, over HTTP.
import { afterEach, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, type HubSpotSimulatorOptions, startHubSpotSimulator } from '../../lib/testing/index.js'
import { call, callForBody, MINT_PATH, mint } from './api-calls.js'

const SCOPE = 'conversations.visitor_identification.tokens.create'
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const open: HubSpotSimulator[] = []

async function start(options?: HubSpotSimulatorOptions) {
  const simulator = await startHubSpotSimulator(options)
  open.push(simulator)
  return simulator
}
afterEach(async () => {
  await Promise.all(open.splice(0).map((simulator) => simulator.close()))
})

describe('paths and methods', () => {
  test.each([
    '/conversations/v3/visitor-identification/tokens/create',
    '/visitor-identification/v3/tokens/create',
    '/visitor-identification/2025-09/tokens/create',
    '/visitor-identification/2026-03/tokens/create',
    '/visitor-identification/2026-09/tokens/create'
  ])('mints at %s', async (path) => {
    const simulator = await start()
    const { status, body } = await callForBody(simulator, { path })
    expect(status).toBe(200)
    expect(Object.keys(body)).toEqual(['token'])
  })

  test.each([
    '/visitor-identification/v9/tokens/create',
    '/visitor-identification/2027-03/tokens/create',
    '/crm/v3/objects'
  ])("answers 404 with HubSpot's error body at %s", async (path) => {
    const { status, body } = await callForBody(await start(), { path })
    expect(status).toBe(404)
    expect(body).toMatchObject({ status: 'error', message: 'resource not found', category: 'OBJECT_NOT_FOUND' })
  })

  test('answers 405 with Allow to a GET of the mint path and to a POST of the details', async () => {
    const simulator = await start()
    const wrong = await call(simulator, { method: 'GET' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    const details = await call(simulator, { path: '/account-info/2026-03/details' })
    expect([details.status, details.headers.get('allow')]).toEqual([405, 'GET'])
  })

  test('the account details contain portal, region and domain; the Date header has the time of `now`', async () => {
    const simulator = await start({ portalId: '777', region: 'eu1', now: () => Date.UTC(2030, 0, 1) })
    for (const path of ['/account-info/v3/details', '/account-info/2026-03/details']) {
      const { status, headers, body } = await callForBody(simulator, { path, method: 'GET' })
      expect(status).toBe(200)
      expect(body).toMatchObject({ portalId: 777, dataHostingLocation: 'eu1', uiDomain: 'app-eu1.hubspot.com' })
      expect(headers.get('date')).toBe('Tue, 01 Jan 2030 00:00:00 GMT')
    }
    const plain = await callForBody(await start(), { path: '/account-info/v3/details', method: 'GET' })
    expect(plain.body.uiDomain).toBe('app.hubspot.com')
  })
})

describe('the credential', () => {
  test.each([undefined, 'Basic abc', 'Bearer', 'Bearer wrong', 'pat-na1-right'])(
    '%s is refused',
    async (authorization) => {
      const { status, headers, body } = await callForBody(await start({ accessToken: 'pat-na1-right' }), {
        authorization
      })
      expect(status).toBe(401)
      expect(body).toMatchObject({ status: 'error', category: 'INVALID_AUTHENTICATION' })
      expect(body.message).toContain('Authentication credentials not found')
      expect(body.correlationId).toMatch(UUID)
      expect(headers.get('x-hubspot-correlation-id')).toBe(body.correlationId)
    }
  )

  test('is accepted if it is that of `accessToken`; without this option, any is accepted, but not a missing one', async () => {
    const strict = await start({ accessToken: 'pat-na1-right' })
    expect((await call(strict, { authorization: 'Bearer pat-na1-right' })).status).toBe(200)
    const lax = await start()
    expect((await call(lax, { authorization: 'Bearer whatever' })).status).toBe(200)
    expect((await call(lax, { authorization: undefined })).status).toBe(401)
  })

  test('without the scope gets a 403 that names the scope', async () => {
    const { status, body } = await callForBody(await start({ scopes: ['crm.objects.contacts.read'] }))
    expect(status).toBe(403)
    expect(body.category).toBe('MISSING_SCOPES')
    expect(body.errors?.[0]?.context).toEqual({ requiredScopes: [SCOPE] })
    expect(body.links).toEqual({ scopes: 'https://developers.hubspot.com/scopes' })
    expect((await call(await start({ scopes: [SCOPE] }))).status).toBe(200)
  })
})

describe('the body', () => {
  test.each([
    [{}, 'email'],
    [{ email: '' }, 'email'],
    [{ email: '  ' }, 'email'],
    [{ email: null }, 'email'],
    [{ email: 5 }, 'email'],
    [{ email: 'a@b.co', firstName: 5 }, 'firstName'],
    [{ email: 'a@b.co', lastName: [] }, 'lastName'],
    [{ email: 'a@b.co', hsCustomerAgentContext: { plan: 5 } }, 'hsCustomerAgentContext'],
    [{ email: 'a@b.co', hsCustomerAgentContext: 'x' }, 'hsCustomerAgentContext']
  ])('%j is refused, and the error names %s', async (given, field) => {
    const { status, body } = await callForBody(await start(), { body: given })
    expect(status).toBe(400)
    expect(body.category).toBe('VALIDATION_ERROR')
    expect(body.errors?.[0]).toMatchObject({ in: field })
    expect(body.errors?.[0]?.context?.['fields']?.[0]).toContain(field)
    expect(JSON.stringify(body)).not.toContain('a@b.co')
  })

  test.each(['', '{', '[]', 'null', '"a"'])('%j is refused, because it is not a JSON object', async (raw) => {
    const { status, body } = await callForBody(await start(), { raw })
    expect(status).toBe(400)
    expect(body).toMatchObject({ category: 'VALIDATION_ERROR', errors: [{ in: 'body' }] })
  })

  test('of more than one mebibyte is refused', async () => {
    const { status } = await callForBody(await start(), { raw: `"${'a'.repeat(1024 * 1024)}"` })
    expect(status).toBe(413)
  })

  test('may contain names, a context, null and unknown fields', async () => {
    const simulator = await start()
    const full = { email: 'a@b.co', firstName: 'A', lastName: 'B', hsCustomerAgentContext: { plan: 'pro' }, more: 1 }
    expect(simulator.verify(await mint(simulator, full))).toMatchObject({
      email: 'a@b.co',
      firstName: 'A',
      lastName: 'B'
    })
    const bare = simulator.verify(await mint(simulator, { email: 'a@b.co', firstName: null }))
    expect(bare).not.toHaveProperty('firstName')
  })
})

describe('the rate limit', () => {
  test('has a rolling window and headers, and answers 429 without a category', async () => {
    let now = 1_000_000
    const simulator = await start({ rateLimit: { max: 2, windowMs: 10_000 }, now: () => now })
    const first = await call(simulator)
    expect(Object.fromEntries(first.headers)).toMatchObject({
      'x-hubspot-ratelimit-daily': '625000',
      'x-hubspot-ratelimit-daily-remaining': '624999',
      'x-hubspot-ratelimit-interval-milliseconds': '10000',
      'x-hubspot-ratelimit-max': '2',
      'x-hubspot-ratelimit-remaining': '1'
    })
    now += 6000
    expect((await call(simulator)).status).toBe(200)
    const over = await callForBody(simulator)
    expect(over.status).toBe(429)
    expect(over.body).toMatchObject({ errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' })
    expect(over.body).not.toHaveProperty('category')
    expect(over.headers.get('x-hubspot-ratelimit-remaining')).toBe('0')
    now += 4000
    expect((await call(simulator)).status).toBe(200)
    expect((await call(simulator)).status).toBe(429)
  })

  test('has a daily limit, named DAILY', async () => {
    const simulator = await start({ rateLimit: { daily: 1 } })
    expect((await call(simulator)).status).toBe(200)
    expect((await callForBody(simulator)).body.policyName).toBe('DAILY')
  })
})

describe('requests', () => {
  test('contains the API calls, and no requests of the chat, the inbox or the script', async () => {
    const simulator = await start({ now: () => 42 })
    for (const path of [
      '/',
      '/inbox',
      '/12345.js',
      '/9.js',
      '/simulator/conversations',
      '/favicon.ico',
      '/simulator/widget.css'
    ]) {
      await fetch(simulator.url + path)
    }
    await fetch(`${simulator.url}/livechat-public/v1/message/public?portalId=12345`)
    expect(simulator.requests).toEqual([])
    await call(simulator, { body: { email: 'a@b.co' } })
    await call(simulator, { path: `${MINT_PATH}?x=1`, raw: 'not json' })
    expect(simulator.requests).toEqual([
      expect.objectContaining({ method: 'POST', path: MINT_PATH, body: { email: 'a@b.co' }, at: 42 }),
      expect.objectContaining({ path: `${MINT_PATH}?x=1`, body: 'not json' })
    ])
    expect(simulator.requests[0]?.headers.authorization).toBe('Bearer pat-na1-test')
  })
})
