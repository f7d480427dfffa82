// `doctor --email` against the simulator: all checks passed, each failure, and the hint for it.
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

/** Runs a separate server on a free port, for behaviour that the simulator does not have. */
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

describe('with a working account', () => {
  test('all checks pass and the exit code is 0', async () => {
    const { code, statuses, stderr } = await examineSimulator(simulator, { env: ENV })
    expect(new Set(Object.values(statuses))).toEqual(new Set(['ok']))
    expect(code).toBe(0)
    expect(stderr).toBe('')
  })

  test('one token is minted for the email address, and the account details are read once', async () => {
    await examineSimulator(simulator, { env: ENV })
    const calls = simulator.requests.map(({ method, path }) => `${method} ${path}`).sort()
    expect(calls).toEqual(['GET /account-info/v3/details', 'POST /visitor-identification/2026-09/tokens/create'])
    expect(simulator.requests.find(({ method }) => method === 'POST')?.body).toMatchObject({ email: EMAIL })
    expect(simulator.conversations).toEqual([])
  })

  test('the line of the mint says that a real token and no contact was created', async () => {
    const { byId } = await examineSimulator(simulator)
    expect(byId['mint']?.message).toBe('HubSpot gave a token (one real token was asked for, which makes no contact).')
  })

  test('without a portal id, two checks are skipped and the exit code is 0', async () => {
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
  ])('that is %s fails with a message, and no call is made', async (_, accessToken, words) => {
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

  test('with white space around it is used without the white space', async () => {
    const { code } = await examineSimulator(simulator, { env: { HUBSPOT_ACCESS_TOKEN: ` ${ACCESS_TOKEN}\n` } })
    expect(code).toBe(0)
  })

  test('that HubSpot does not accept fails, and scope and plan are skipped', async () => {
    const { code, byId, statuses } = await examineSimulator(simulator, { env: { HUBSPOT_ACCESS_TOKEN: 'wrong' } })
    expect(statuses).toMatchObject({ accepted: 'failed', scope: 'skipped', plan: 'skipped', mint: 'failed' })
    expect(byId['accepted']?.hint).toContain('expired or revoked')
    expect(byId['region']).toMatchObject({ status: 'skipped', message: expect.stringContaining('answered 401') })
    expect(code).toBe(1)
  })

  test('without the scope fails with the hint to add it', async () => {
    await simulator.close()
    simulator = await startHubSpotSimulator({ scopes: [] })
    const { code, byId, statuses } = await examineSimulator(simulator)
    expect(statuses).toMatchObject({ accepted: 'ok', scope: 'failed', plan: 'skipped', mint: 'failed' })
    expect(byId['scope']?.hint).toContain('Add conversations.visitor_identification.tokens.create')
    expect(code).toBe(1)
  })

  test('of an account with a plan that is too low fails with a hint about the plan', async () => {
    simulator.respondWith({ status: 403, body: { status: 'error', message: 'secret upstream text' } })
    const { code, byId, statuses, stdout } = await examineSimulator(simulator)
    expect(statuses).toMatchObject({ accepted: 'ok', scope: 'skipped', plan: 'failed', mint: 'failed' })
    expect(byId['plan']?.hint).toContain('Professional or Enterprise')
    expect(stdout).not.toContain('secret upstream')
    expect(code).toBe(1)
  })

  test('of a user who lost the permission fails with the hint to rotate it', async () => {
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
    ['an account in migration', { status: 477 }, 'it answered 477', 'wait'],
    ['an unknown path', { status: 404 }, 'it answered 404', '--api-version']
  ]

  test.each(faults)('that gets %s fails with a hint', async (_, fault, message, hint) => {
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

  test('is repeated without the context if HubSpot refuses the context', async () => {
    simulator.respondWith({ status: 400, body: { errors: [{ in: 'hsCustomerAgentContext' }] } })
    const { code } = await examineSimulator(simulator)
    const bodies = simulator.requests
      .filter(({ method }) => method === 'POST')
      .map(({ body }) => Object.keys(Object(body)))
    expect(bodies).toEqual([['email', 'hsCustomerAgentContext'], ['email']])
    expect(code).toBe(0)
  })

  test('with an unknown API version fails, and the hint names the version', async () => {
    const { byId, statuses } = await examineSimulator(simulator, {}, '--api-version', '2031-03')
    expect(statuses).toMatchObject({ 'api-version': 'warning', mint: 'failed' })
    expect(byId['mint']?.hint).toContain('--api-version (2031-03)')
  })

  test('fails with ECONNREFUSED and exit code 1 if the connection is refused', async () => {
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

  test('ends after the time-out if no call is answered', async () => {
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
    ['is read from a JWT', jwt({ iat: 0, exp: 45 * 60 }), 'Tokens live 45 min.'],
    ['is limited to 12 h', jwt({ iat: 0, exp: 24 * 3600 }), 'Tokens live 24 h; 12 h of it are used.'],
    ['is assumed to be 12 h if the times in the JWT are wrong', jwt({ iat: 10, exp: 5 }), 'they do not say how long'],
    ['is assumed to be 12 h if the token is no JWT', 'opaque', 'they do not say how long']
  ])('%s', async (_, token, words) => {
    simulator.respondWith({ token })
    const { byId, stdout } = await examineSimulator(simulator)
    const message = byId['token-lifetime']?.message
    expect(message).toContain(words.startsWith('they') ? 'do not say how long they live; 12 h are assumed' : words)
    expect(stdout).not.toContain(`"${token}"`)
  })
})

describe('the account', () => {
  test('in a region other than the given one fails', async () => {
    const { code, byId } = await examineSimulator(simulator, {}, '--region', 'eu1')
    expect(byId['region']).toMatchObject({ status: 'failed', hint: expect.stringContaining('to na1') })
    expect(code).toBe(1)
  })

  test('outside na1 is a warning if no region was given', async () => {
    await simulator.close()
    simulator = await startHubSpotSimulator({ region: 'eu1' })
    const { code, byId } = await examineSimulator(simulator)
    expect(byId['region']).toMatchObject({ status: 'warning', hint: expect.stringContaining('"region" to eu1') })
    expect(code).toBe(0)
    expect((await examineSimulator(simulator, {}, '--region', 'eu1')).statuses['region']).toBe('ok')
  })

  test("with a portal id other than the given one fails, and so does the check of the chat's script", async () => {
    const env = { ...ENV, HUBSPOT_PORTAL_ID: '999' }
    const { code, byId } = await examineSimulator(simulator, { env })
    expect(byId['portal']).toMatchObject({ status: 'failed', message: expect.stringContaining('12345, not to 999') })
    expect(byId['loader']).toMatchObject({ status: 'failed', message: expect.stringContaining('404') })
    expect(code).toBe(1)
  })

  test('is compared with the flags if both flags and environment variables are given', async () => {
    const env = { ...ENV, HUBSPOT_PORTAL_ID: '999', HUBSPOT_REGION: 'eu1' }
    const { code } = await examineSimulator(simulator, { env }, '--portal-id', '12345', '--region', 'na1')
    expect(code).toBe(0)
  })

  test.each([
    ['are refused', 403, '{"message":"secret upstream text"}', 'answered 403'],
    ['are a web page', 200, '<h1>secret upstream text</h1>', 'not understood'],
    ['are too large', 200, `"${'a'.repeat(100_000)}"`, 'not understood'],
    ['have malformed values', 200, '{"portalId":"<secret>","dataHostingLocation":"<secret>"}', 'HubSpot does not say']
  ])('is skipped if its details %s', async (_, status, body, words) => {
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
  test('does not fill the memory with account details', async () => {
    const { byId } = await withServer(
      (_req, res) => {
        const more = () => !res.destroyed && res.write('a'.repeat(16 * 1024), () => setImmediate(more))
        more()
      },
      (server) => examineSimulator(server)
    )
    expect(byId['region']).toMatchObject({ status: 'skipped', message: expect.stringContaining('not understood') })
  })

  test("gets the connection for the chat's script closed, because its body is not read", async () => {
    const left = new EventEmitter()
    // Keeps the responses, because garbage collection of a response would also close its connection.
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

describe('the headers of the answer', () => {
  const HOUR = 3_600_000

  test.each([
    ['behind', -HOUR, 'is 1 h ahead of', 'warning'],
    ['ahead', 10 * 60_000, 'is 10 min behind', 'warning'],
    ['a little off', 4 * 60_000, 'agrees', 'ok']
  ])('from a clock %s are compared with the local clock', async (_, offsetMs, words, status) => {
    await simulator.close()
    simulator = await startHubSpotSimulator({ now: () => AUTUMN_2026 + offsetMs })
    const { code, byId } = await examineSimulator(simulator, { now: () => AUTUMN_2026 })
    expect(byId['clock']).toMatchObject({ status, message: expect.stringContaining(words) })
    if (status === 'warning') expect(byId['clock']?.message).toContain("counted on this machine's own clock")
    expect(code).toBe(0)
  })

  test('without date and limits: two checks are skipped', async () => {
    const { statuses } = await withServer(
      (_req, res) => {
        res.sendDate = false
        res.end('{"token":"abc"}')
      },
      (server) => examineSimulator(server)
    )
    expect(statuses).toMatchObject({ mint: 'ok', clock: 'skipped', 'rate-budget': 'skipped' })
  })

  test('with no calls left: a warning', async () => {
    await simulator.close()
    simulator = await startHubSpotSimulator({ rateLimit: { max: 2, daily: 1000 } })
    const { byId } = await examineSimulator(simulator)
    expect(byId['rate-budget']).toMatchObject({ status: 'warning', message: expect.stringContaining('0 of 2 in 10 s') })
  })

  test('without the daily limit, as with OAuth: only the calls of the window are printed', async () => {
    const { byId } = await withServer(
      (_req, res) => res.writeHead(200, { 'x-hubspot-ratelimit-remaining': '7' }).end('{"token":"abc"}'),
      (server) => examineSimulator(server)
    )
    expect(byId['rate-budget']).toMatchObject({ status: 'ok', message: 'Calls left: 7 in 10 s.' })
  })

  test('with malformed limits: the rate budget is skipped', async () => {
    const { stdout, statuses } = await withServer(
      (_req, res) => res.writeHead(200, { 'x-hubspot-ratelimit-remaining': 'secret' }).end('{"token":"abc"}'),
      (server) => examineSimulator(server)
    )
    expect(statuses['rate-budget']).toBe('skipped')
    expect(stdout).not.toContain('secret')
  })
})
