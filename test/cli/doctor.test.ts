// The doctor against the simulator: everything in order, each failure, and the one thing to do about it.
import { EventEmitter, once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { DoctorFetch } from '../../lib/cli/call.js'
import { type HubSpotSimulator, type SimulatorFault, startHubSpotSimulator } from '../../lib/testing/index.js'
import { ACCESS_TOKEN, AUTUMN_2026, EMAIL, examineSimulator } from './run-doctor.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  simulator = await startHubSpotSimulator({ accessToken: ACCESS_TOKEN })
})
afterEach(() => simulator.close())

const ENV = { HUBSPOT_ACCESS_TOKEN: ACCESS_TOKEN, HUBSPOT_PORTAL_ID: '12345', HUBSPOT_REGION: 'na1' }

/** A server of its own on a free port, for what the simulator cannot be asked to do. */
async function withServer<T>(listener: RequestListener, use: (server: { url: string }) => Promise<T>): Promise<T> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

describe('with everything in order', () => {
  test('all checks are well and the exit code is 0', async () => {
    const { code, statuses, stderr } = await examineSimulator(simulator, { env: ENV })
    expect(new Set(Object.values(statuses))).toEqual(new Set(['ok']))
    expect(code).toBe(0)
    expect(stderr).toBe('')
  })

  test('one token is minted for the address, and the details are read once', async () => {
    await examineSimulator(simulator, { env: ENV })
    const calls = simulator.requests.map(({ method, path }) => `${method} ${path}`).sort()
    expect(calls).toEqual(['GET /account-info/v3/details', 'POST /visitor-identification/2026-09/tokens/create'])
    expect(simulator.requests.find(({ method }) => method === 'POST')?.body).toMatchObject({ email: EMAIL })
    expect(simulator.conversations).toEqual([])
  })

  test('the line of the mint says that it makes a real token and no contact', async () => {
    const { byId } = await examineSimulator(simulator)
    expect(byId['mint']?.message).toBe('HubSpot gave a token (one real token was asked for, which makes no contact).')
  })

  test('without a portal id two checks are dashes, which is no failure', async () => {
    const { code, statuses, byId } = await examineSimulator(simulator)
    expect(statuses).toMatchObject({ portal: 'skipped', loader: 'skipped', region: 'ok' })
    expect(byId['portal']?.message).toContain('12345')
    expect(code).toBe(0)
  })

  test('a path in the base URL is kept', async () => {
    await examineSimulator({ url: `${simulator.url}/proxy/` })
    expect(simulator.requests.map(({ path }) => path).sort()).toEqual([
      '/proxy/account-info/v3/details',
      '/proxy/visitor-identification/2026-09/tokens/create'
    ])
  })
})

describe('the credential', () => {
  test.each([
    ['unset', undefined, 'is not set'],
    ['empty', '', 'is blank'],
    ['blank', ' \n', 'is blank'],
    ['quoted', '"pat-na1-x"', 'wrapped in quotes'],
    ['with its scheme', 'Bearer pat-na1-x', 'cannot travel in a header'],
    ['with a line break', 'pat-na1\r\nx-evil: 1', 'cannot travel in a header'],
    ['outside ASCII', 'pat-na1-é', 'cannot travel in a header']
  ])('that is %s is told so and nothing is called', async (_, accessToken, words) => {
    const { code, byId, statuses, stdout } = await examineSimulator(simulator, {
      env: accessToken === undefined ? {} : { HUBSPOT_ACCESS_TOKEN: accessToken }
    })
    expect(byId['credential']).toMatchObject({ status: 'failed', message: expect.stringContaining(words) })
    expect(byId['credential']?.hint).toBeTruthy()
    expect(statuses).toMatchObject({ accepted: 'skipped', scope: 'skipped', plan: 'skipped', mint: 'skipped' })
    expect(simulator.requests).toEqual([])
    expect(stdout).not.toContain('pat-na1')
    expect(code).toBe(1)
  })

  test('with white space around it is used without', async () => {
    const { code } = await examineSimulator(simulator, { env: { HUBSPOT_ACCESS_TOKEN: ` ${ACCESS_TOKEN}\n` } })
    expect(code).toBe(0)
  })

  test('that HubSpot does not know fails, and nothing is said of its scope and plan', async () => {
    const { code, byId, statuses } = await examineSimulator(simulator, { env: { HUBSPOT_ACCESS_TOKEN: 'wrong' } })
    expect(statuses).toMatchObject({ accepted: 'failed', scope: 'skipped', plan: 'skipped', mint: 'failed' })
    expect(byId['accepted']?.hint).toContain('expired or revoked')
    expect(byId['region']).toMatchObject({ status: 'skipped', message: expect.stringContaining('answered 401') })
    expect(code).toBe(1)
  })

  test('without the scope is told to get it', async () => {
    await simulator.close()
    simulator = await startHubSpotSimulator({ scopes: [] })
    const { code, byId, statuses } = await examineSimulator(simulator)
    expect(statuses).toMatchObject({ accepted: 'ok', scope: 'failed', plan: 'skipped', mint: 'failed' })
    expect(byId['scope']?.hint).toContain('Add conversations.visitor_identification.tokens.create')
    expect(code).toBe(1)
  })

  test('of an account whose plan is too low is told about the plan', async () => {
    simulator.respondWith({ status: 403, body: { status: 'error', message: 'secret upstream text' } })
    const { code, byId, statuses, stdout } = await examineSimulator(simulator)
    expect(statuses).toMatchObject({ accepted: 'ok', scope: 'skipped', plan: 'failed', mint: 'failed' })
    expect(byId['plan']?.hint).toContain('Professional or Enterprise')
    expect(stdout).not.toContain('secret upstream')
    expect(code).toBe(1)
  })

  test('whose maker lost the permission is to be rotated', async () => {
    simulator.respondWith({ status: 403, body: { category: 'USER_DOES_NOT_HAVE_PERMISSIONS' } })
    const { byId, statuses } = await examineSimulator(simulator)
    expect(statuses).toMatchObject({ accepted: 'failed', scope: 'skipped', plan: 'skipped' })
    expect(byId['accepted']?.hint).toContain('Rotate')
  })
})

describe('the mint', () => {
  const faults: [string, SimulatorFault, string, string][] = [
    ['a web page', { html: '<h1>secret upstream text</h1>' }, 'its 200 carries no usable one', 'proxies'],
    ['an unusable token', { token: '<secret upstream text>' }, 'its 200 carries no usable one', 'proxies'],
    ['an endless body', { endless: true }, 'its 200 carries no usable one', 'proxies'],
    ['half a body', { truncate: 'json' }, 'its 200 carries no usable one', 'proxies'],
    ['a redirect', { redirect: 'https://secret.upstream.test/' }, 'it answered 302', '--base-url'],
    ['no answer', { hang: true }, 'no answer within 0.2 s', 'network'],
    ['no body', { hang: 'after-headers' }, 'no answer within 0.2 s', 'network'],
    ['a reset', { reset: true }, 'no connection, ECONNRESET', 'network'],
    ['a rate limit', { status: 429 }, 'it answered 429', 'in 10 seconds'],
    ['the daily limit', { status: 429, policyName: 'DAILY' }, 'it answered 429', 'calls of the day'],
    ['an outage', { status: 503 }, 'it answered 503', 'status.hubspot.com'],
    ['a refused visitor', { status: 400 }, 'correlation id', 'another --email'],
    ['a locked record', { status: 423 }, 'it answered 423', 'run the doctor again'],
    ['an account on the move', { status: 477 }, 'it answered 477', 'wait'],
    ['an unknown path', { status: 404 }, 'it answered 404', '--api-version']
  ]

  test.each(faults)('that gets %s fails with one thing to do', async (_, fault, message, hint) => {
    simulator.respondWith(fault)
    const waits = 'hang' in fault ? { timeoutMs: 200 } : {}
    const { code, byId, statuses, stdout } = await examineSimulator(simulator, waits)
    expect(byId['mint']).toMatchObject({
      status: 'failed',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint)
    })
    expect(statuses).toMatchObject({ accepted: 'skipped', scope: 'skipped', plan: 'skipped', region: 'ok' })
    expect(stdout).not.toMatch(/secret|upstream text/)
    expect(code).toBe(1)
  })

  test('is repeated without the context when HubSpot refuses the context', async () => {
    simulator.respondWith({ status: 400, body: { errors: [{ in: 'hsCustomerAgentContext' }] } })
    const { code } = await examineSimulator(simulator)
    const bodies = simulator.requests
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => Object.keys(Object(body)))
    expect(bodies).toEqual([['email', 'hsCustomerAgentContext'], ['email']])
    expect(code).toBe(0)
  })

  test('of an unknown version fails, and the version is said to be unknown', async () => {
    const { byId, statuses } = await examineSimulator(simulator, {}, '--api-version', '2031-03')
    expect(statuses).toMatchObject({ 'api-version': 'warning', mint: 'failed' })
    expect(byId['mint']?.hint).toContain('--api-version (2031-03)')
  })

  test('that is refused a connection is told so, and the exit code is 1', async () => {
    const closed = await withServer(
      () => undefined,
      async ({ url }) => url
    )
    const { code, byId } = await examineSimulator({ url: closed }, { env: ENV })
    expect(byId['mint']?.message).toContain('no connection, ECONNREFUSED')
    expect(byId['region']).toMatchObject({ status: 'skipped', message: expect.stringContaining('ECONNREFUSED') })
    expect(byId['loader']).toMatchObject({ status: 'failed', message: expect.stringContaining('ECONNREFUSED') })
    expect(byId['clock']?.status).toBe('skipped')
    expect(code).toBe(1)
  })

  test('ends with the time-out when no call is ever answered', async () => {
    const started = Date.now()
    const { code, statuses } = await withServer(
      () => undefined,
      (server) => examineSimulator(server, { env: ENV, timeoutMs: 200 })
    )
    expect(Date.now() - started).toBeLessThan(3000)
    expect(statuses).toMatchObject({ mint: 'failed', loader: 'failed', region: 'skipped', clock: 'skipped' })
    expect(code).toBe(1)
  })

  test('never follows a redirect with the credential', async () => {
    const seen: unknown[] = []
    await withServer(
      (req, res) => {
        seen.push(req.headers.authorization)
        res.end('{}')
      },
      ({ url }) =>
        withServer(
          (_req, res) => res.writeHead(307, { location: url }).end(),
          (server) => examineSimulator(server, { env: ENV })
        )
    )
    expect(seen).toEqual([])
  })
})

describe("the token's lifetime", () => {
  const jwt = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

  test.each([
    ['is told by a JWT', jwt({ iat: 0, exp: 45 * 60 }), 'Tokens live 45 min.'],
    ['is capped', jwt({ iat: 0, exp: 24 * 3600 }), 'Tokens live 24 h; 12 h of it are used.'],
    ['is assumed when the JWT is not sane', jwt({ iat: 10, exp: 5 }), 'they do not say how long'],
    ['is assumed when there is no JWT', 'opaque', 'they do not say how long']
  ])('%s', async (_, token, words) => {
    simulator.respondWith({ token })
    const { byId, stdout } = await examineSimulator(simulator)
    const message = byId['token-lifetime']?.message
    expect(message).toContain(words.startsWith('they') ? 'do not say how long they live; 12 h are assumed' : words)
    expect(stdout).not.toContain(`"${token}"`)
  })
})

describe('the account', () => {
  test('in another region than the given one fails', async () => {
    const { code, byId } = await examineSimulator(simulator, {}, '--region', 'eu1')
    expect(byId['region']).toMatchObject({ status: 'failed', hint: expect.stringContaining('to na1') })
    expect(code).toBe(1)
  })

  test('outside na1 is a warning when no region was given', async () => {
    await simulator.close()
    simulator = await startHubSpotSimulator({ region: 'eu1' })
    const { code, byId } = await examineSimulator(simulator)
    expect(byId['region']).toMatchObject({ status: 'warning', hint: expect.stringContaining('"region" to eu1') })
    expect(code).toBe(0)
    expect((await examineSimulator(simulator, {}, '--region', 'eu1')).statuses['region']).toBe('ok')
  })

  test('of another portal than the given one fails, and so does its script', async () => {
    const env = { ...ENV, HUBSPOT_PORTAL_ID: '999' }
    const { code, byId } = await examineSimulator(simulator, { env })
    expect(byId['portal']).toMatchObject({ status: 'failed', message: expect.stringContaining('12345, not to 999') })
    expect(byId['loader']).toMatchObject({ status: 'failed', message: expect.stringContaining('404') })
    expect(code).toBe(1)
  })

  test('the flag wins over the variable', async () => {
    const env = { ...ENV, HUBSPOT_PORTAL_ID: '999', HUBSPOT_REGION: 'eu1' }
    const { code } = await examineSimulator(simulator, { env }, '--portal-id', '12345', '--region', 'na1')
    expect(code).toBe(0)
  })

  test.each([
    ['refuses', 403, '{"message":"secret upstream text"}', 'answered 403'],
    ['answers with a web page', 200, '<h1>secret upstream text</h1>', 'not understood'],
    ['answers with too much', 200, `"${'a'.repeat(100_000)}"`, 'not understood'],
    ['says neither', 200, '{"portalId":"<secret>","dataHostingLocation":"<secret>"}', 'HubSpot does not say']
  ])('that %s its details is no failure', async (_, status, body, words) => {
    const { byId, stdout } = await withServer(
      (_req, res) => res.writeHead(status).end(body),
      (server) => examineSimulator(server, { env: ENV })
    )
    expect(byId['region']).toMatchObject({ status: 'skipped', message: expect.stringContaining(words) })
    expect(byId['portal']).toMatchObject({ status: 'skipped', message: expect.stringContaining(words) })
    expect(stdout).not.toContain('secret')
  })
})

describe('a server that does not end its answers', () => {
  test('cannot fill the memory with the details of the account', async () => {
    const { byId } = await withServer(
      (_req, res) => {
        const more = () => !res.destroyed && res.write('a'.repeat(16 * 1024), () => setImmediate(more))
        more()
      },
      (server) => examineSimulator(server)
    )
    expect(byId['region']).toMatchObject({ status: 'skipped', message: expect.stringContaining('not understood') })
  })

  test('is not kept waiting for somebody to read the embed code', async () => {
    const left = new EventEmitter()
    // A response that the garbage collector takes is cancelled too, some time.
    const held: unknown[] = []
    const holdOn: DoctorFetch = async (url, init) => {
      const response = await fetch(url, init)
      held.push(response)
      return response
    }
    await withServer(
      ({ url }, res) => {
        if (!url?.endsWith('.js')) return res.end('{}')
        res.once('close', () => left.emit('left'))
        return res.writeHead(200).flushHeaders()
      },
      async (server) => {
        const hasLeft = once(left, 'left')
        const { statuses } = await examineSimulator(server, { env: ENV, fetch: holdOn })
        expect(statuses['loader']).toBe('ok')
        await hasLeft
        expect(held).not.toEqual([])
      }
    )
  })
})

describe('the head of the answer', () => {
  const HOUR = 3_600_000

  test.each([
    ['behind', -HOUR, 'is 1 h ahead of', 'warning'],
    ['ahead', 10 * 60_000, 'is 10 min behind', 'warning'],
    ['a little off', 4 * 60_000, 'agrees', 'ok']
  ])('with a clock %s is compared with ours', async (_, offsetMs, words, status) => {
    await simulator.close()
    simulator = await startHubSpotSimulator({ now: () => AUTUMN_2026 + offsetMs })
    const { code, byId } = await examineSimulator(simulator, { now: () => AUTUMN_2026 })
    expect(byId['clock']).toMatchObject({ status, message: expect.stringContaining(words) })
    if (status === 'warning') expect(byId['clock']?.message).toContain("counted on this machine's own clock")
    expect(code).toBe(0)
  })

  test('without date and limits leaves two dashes', async () => {
    const { statuses } = await withServer(
      (_req, res) => {
        res.sendDate = false
        res.end('{"token":"abc"}')
      },
      (server) => examineSimulator(server)
    )
    expect(statuses).toMatchObject({ mint: 'ok', clock: 'skipped', 'rate-budget': 'skipped' })
  })

  test('with a used-up budget is a warning', async () => {
    await simulator.close()
    simulator = await startHubSpotSimulator({ rateLimit: { max: 2, daily: 1000 } })
    const { byId } = await examineSimulator(simulator)
    expect(byId['rate-budget']).toMatchObject({ status: 'warning', message: expect.stringContaining('0 of 2 in 10 s') })
  })

  test('without the daily limit, as with OAuth, tells the window alone', async () => {
    const { byId } = await withServer(
      (_req, res) => res.writeHead(200, { 'x-hubspot-ratelimit-remaining': '7' }).end('{"token":"abc"}'),
      (server) => examineSimulator(server)
    )
    expect(byId['rate-budget']).toMatchObject({ status: 'ok', message: 'Calls left: 7 in 10 s.' })
  })

  test('with malformed limits leaves the rate budget untold', async () => {
    const { stdout, statuses } = await withServer(
      (_req, res) => res.writeHead(200, { 'x-hubspot-ratelimit-remaining': 'secret' }).end('{"token":"abc"}'),
      (server) => examineSimulator(server)
    )
    expect(statuses['rate-budget']).toBe('skipped')
    expect(stdout).not.toContain('secret')
  })
})
