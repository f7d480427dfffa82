// The token source: memory, shared store and mints, what concurrent calls share, holds and renewals.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type HubSpotSimulator, type SimulatorFault, startHubSpotSimulator } from '../../lib/testing/index.js'
import { createTokenSource, type TokenSourceSettings } from '../../lib/tokens/token-source.js'
import { UnderWay } from '../../lib/tokens/under-way.js'
import type { Visitor } from '../../lib/visitor/visitor.js'
import { clockUntil, pass, policySettings, recordFaults, takeOverClock, turns, until } from '../mint/harness.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  takeOverClock()
  simulator = await startHubSpotSimulator()
})
afterEach(async () => {
  jest.useRealTimers()
  await simulator.close()
})

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const jane: Visitor = { email: 'jane@example.com' }

function setUp(more: Partial<TokenSourceSettings> = {}) {
  const { faults, report } = recordFaults()
  const settings = { tokenLifetimeMs: 12 * HOUR_MS, renewBeforeMs: HOUR_MS, cache: { maxEntries: 100 } }
  const tokens = createTokenSource({ ...policySettings(simulator.url), ...settings, ...more }, report, new UnderWay())
  const get = async (visitor = jane) => (await clockUntil(tokens.get(tokens.holderOf(visitor)))).value
  return { faults, tokens, get, holder: tokens.holderOf(jane) }
}

function storeInMemory() {
  const values = new Map<string, unknown>()
  return {
    get: (key: string) => values.get(key),
    set: (key: string, value: unknown) => values.set(key, value),
    delete: (key: string) => values.delete(key)
  }
}

/** A JWT with these claims. */
function jwt(claims: object): SimulatorFault {
  return { token: `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln` }
}

describe('sharing in this process', () => {
  test('400 concurrent calls for one visitor make one call to HubSpot and get one token', async () => {
    const { tokens, holder } = setUp()
    const results = await Promise.all(Array.from({ length: 400 }, () => tokens.get(holder)))
    expect(simulator.requests).toHaveLength(1)
    expect(new Set(results.map((result) => result.ok && result.identification.token)).size).toBe(1)
    expect(results.map((result) => result.ok && result.from).filter((from) => from === 'minted')).toHaveLength(1)
    expect(await tokens.get(holder)).toMatchObject({ ok: true, from: 'memory' })
  })

  test('with more running mints than entries in memory, every call still gets its own token', async () => {
    const { tokens } = setUp({ cache: { maxEntries: 2 } })
    const emails = Array.from({ length: 60 }, (_, n) => `v${n}@example.com`)
    const results = await Promise.all(emails.map((email) => tokens.get(tokens.holderOf({ email }))))
    const verified = results.map((result) => simulator.verify(result.ok && result.identification.token)?.email)
    expect(verified).toEqual(emails)
  })

  test('a failure is shared as well, and reported once', async () => {
    simulator.respondWith({ status: 400 })
    const { tokens, holder, faults } = setUp()
    const results = await Promise.all(Array.from({ length: 50 }, () => tokens.get(holder)))
    expect(results.every((result) => !result.ok)).toBe(true)
    expect([faults.length, simulator.requests.length]).toEqual([1, 1])
  })

  test('visitors with another context, case or account do not share', async () => {
    const { tokens, get } = setUp()
    await get()
    await get({ ...jane, customerAgentContext: { plan: 'gold' } })
    await get({ ...jane, customerAgentContext: { plan: 'free' } })
    await get({ email: 'Jane@example.com' })
    expect(simulator.requests).toHaveLength(4)
    await get({ ...jane, firstName: 'Jane' })
    await get({ ...jane, customerAgentContext: {} })
    expect(simulator.requests).toHaveLength(4)
    const key = (customerAgentContext: Record<string, string>) => tokens.holderOf({ ...jane, customerAgentContext }).key
    expect(key({ a: '1', b: '2' })).toBe(key({ b: '2', a: '1' }))
    expect(setUp({ account: 'other' }).holder.key).not.toBe(setUp().holder.key)
  })

  test('keys of the store are hashes, without the address', () => {
    const { key, account } = setUp().holder
    expect(key).toMatch(/^hubspot-identification:[\w-]{43}$/)
    expect(key + account).not.toContain('jane')
  })
})

describe('holding back', () => {
  test.each([
    ['a refusal', { status: 400 }, 10 * MINUTE_MS],
    ['an unusable 2xx', { html: '<html>' }, 10 * MINUTE_MS],
    ['another fault', { status: 525 }, 30_000]
  ] as const)('after %s this visitor is held back', async (_name, fault, holdMs) => {
    simulator.respondWith(fault)
    const { get, tokens, holder, faults } = setUp()
    await get()
    const heldAtMs = Date.now()
    for (let page = 0; page < 20; page += 1) expect(await get()).toMatchObject({ ok: false })
    expect(tokens.heldBack(holder)?.retryInMs).toBeLessThanOrEqual(holdMs)
    expect((await get({ email: 'john@example.com' })).ok).toBe(true)
    await pass(heldAtMs + holdMs - 100 - Date.now())
    expect((await get()).ok).toBe(false)
    expect([simulator.requests.length, faults.length]).toEqual([2, 1])
    await pass(100)
    expect((await get()).ok).toBe(true)
  })
})

describe('lifetime', () => {
  test.each([
    ['the configured one', { token: 'opaque' }, 12 * HOUR_MS],
    ['a shorter one of a JWT', jwt({ iat: 100, exp: 100 + 3600 }), HOUR_MS],
    ['not a longer one', jwt({ iat: 0, exp: 24 * 3600 }), 12 * HOUR_MS],
    ['not one that ends before it begins', jwt({ iat: 100, exp: 50 }), 12 * HOUR_MS],
    ['not one of no length', jwt({ iat: 100, exp: 100 }), 12 * HOUR_MS],
    ['not one in texts', jwt({ iat: '0', exp: '60' }), 12 * HOUR_MS],
    ['not a huge one', jwt({ iat: 0, exp: 1e300 }), 12 * HOUR_MS],
    ['not one in milliseconds', jwt({ iat: 1.7e12, exp: 1.7e12 + 43_200_000 }), 12 * HOUR_MS],
    ['not one without iat', jwt({ exp: 60 }), 12 * HOUR_MS],
    ['one from a clock years away', jwt({ iat: 4e9, exp: 4e9 + 3600 }), HOUR_MS],
    ['one from the beginning of time', jwt({ iat: 0, exp: 3600 }), HOUR_MS]
  ] as const)('is %s', async (_name, fault, lifeMs) => {
    simulator.respondWith(fault)
    const { get, tokens, holder } = setUp()
    const askedAtMs = Date.now()
    const result = await get()
    const expiresAt = result.ok ? result.identification.expiresAt : 0
    expect(expiresAt - askedAtMs).toBeGreaterThanOrEqual(lifeMs)
    expect(expiresAt - askedAtMs).toBeLessThan(lifeMs + 1000)
    jest.setSystemTime(expiresAt - 1)
    expect(tokens.peek(holder)).toBeDefined()
    jest.setSystemTime(expiresAt)
    expect(tokens.peek(holder)).toBeUndefined()
  })

  test('is counted from the time at which the call was sent', async () => {
    simulator.respondWith({ delayMs: 3000 })
    const askedAtMs = Date.now()
    const result = await setUp().get()
    expect(Date.now() - askedAtMs).toBeGreaterThanOrEqual(3000)
    expect(result.ok && result.identification.expiresAt).toBeLessThan(askedAtMs + 12 * HOUR_MS + 1000)
  })

  test('a token minted while the clock was wrong is not used after it is corrected', async () => {
    const { tokens, get, holder } = setUp()
    const now = Date.now()
    jest.setSystemTime(now + 365 * 24 * HOUR_MS)
    await get()
    jest.setSystemTime(now)
    expect(tokens.peek(holder)).toBeUndefined()
    expect(await get()).toMatchObject({ ok: true, from: 'minted' })
  })

  test('a hold from while the clock was wrong ends when it is corrected', async () => {
    const { tokens, get, holder } = setUp()
    const now = Date.now()
    simulator.respondWith({ status: 400 })
    jest.setSystemTime(now + 365 * 24 * HOUR_MS)
    await get()
    expect(tokens.heldBack(holder)).toBeDefined()
    jest.setSystemTime(now)
    expect(await get()).toMatchObject({ ok: true, from: 'minted' })
  })

  test('a token that ends at once does not cause a mint for every page', async () => {
    simulator.respondWith({ ...jwt({ iat: 0, exp: 1 }), times: Number.POSITIVE_INFINITY })
    const { get } = setUp()
    const startedAtMs = Date.now()
    for (let page = 0; page < 100; page += 1) {
      await get()
      await pass(6000)
    }
    expect(Date.now() - startedAtMs).toBeGreaterThanOrEqual(10 * MINUTE_MS)
    expect(simulator.requests.length).toBeLessThanOrEqual(3)
  })

  test('nor does it for pages of another process that read it from the shared store', async () => {
    simulator.respondWith({ ...jwt({ iat: 0, exp: 60 }), times: Number.POSITIVE_INFINITY })
    const cache = { maxEntries: 100, store: storeInMemory() }
    await setUp({ cache }).get()
    const other = setUp({ cache })
    expect(await other.get()).toMatchObject({ ok: true, from: 'store' })
    await pass(2 * MINUTE_MS)
    expect(await other.get()).toMatchObject({ ok: false, fault: { code: 'ERR_RATE_LIMITED' } })
    expect(simulator.requests).toHaveLength(1)
  })
})

describe('renewal', () => {
  async function nearItsEnd() {
    const parts = setUp()
    const first = await parts.get()
    await pass(11 * HOUR_MS + MINUTE_MS)
    simulator.requests.length = 0
    return { ...parts, first }
  }

  test('happens in the background', async () => {
    const { get, first } = await nearItsEnd()
    expect(await get()).toMatchObject({ ok: true, from: 'memory', identification: first.ok && first.identification })
    await until(() => simulator.requests.length === 1)
    await turns()
    const next = await get()
    expect(next.ok && next.identification.token).not.toBe(first.ok && first.identification.token)
    expect(simulator.requests).toHaveLength(1)
  })

  test('happens at most once in five minutes, also when it fails, and the old token is used until its end', async () => {
    const { tokens, holder, first, faults } = await nearItsEnd()
    simulator.respondWith({ status: 525, times: Number.POSITIVE_INFINITY })
    const expiresAt = first.ok ? first.identification.expiresAt : 0
    let pages = 0
    while (Date.now() < expiresAt - 10_000) {
      expect(tokens.peek(holder)).toEqual(first.ok && first.identification)
      void tokens.renew(holder)
      await pass(10_000)
      pages += 1
    }
    expect(pages).toBeGreaterThan(300)
    const times = simulator.requests.map(({ at }) => at)
    expect(times.length).toBeGreaterThanOrEqual(10)
    for (const [n, at] of times.entries()) expect(at - (times[n - 1] ?? 0)).toBeGreaterThanOrEqual(5 * MINUTE_MS)
    expect(faults).toHaveLength(times.length)
  })

  test('does not happen for a token that was minted minutes ago', async () => {
    simulator.respondWith(jwt({ iat: 0, exp: 240 }))
    const { get, tokens, holder } = setUp()
    await get()
    await pass(200_000)
    void tokens.renew(holder)
    await turns()
    expect(simulator.requests).toHaveLength(1)
  })

  test('does not happen while a mint for the visitor is running', async () => {
    const { tokens, holder } = setUp()
    const got = tokens.get(holder)
    expect(tokens.renew(holder)).toBeUndefined()
    expect((await clockUntil(got)).value.ok).toBe(true)
    expect(simulator.requests).toHaveLength(1)
  })

  test('that HubSpot refused is not tried again for ten minutes', async () => {
    const { tokens, holder } = await nearItsEnd()
    simulator.respondWith({ status: 400 })
    expect(await tokens.renew(holder)).toMatchObject({ ok: false, retryInMs: 10 * MINUTE_MS })
    await pass(10 * MINUTE_MS - 1)
    expect(tokens.renew(holder)).toBeUndefined()
    await pass(1)
    expect(await tokens.renew(holder)).toMatchObject({ ok: true, from: 'minted' })
  })

  test("uses another process's token from the store instead of a mint, unless that one is near its end, too", async () => {
    const store = storeInMemory()
    const one = setUp({ cache: { maxEntries: 9, store } })
    const two = setUp({ cache: { maxEntries: 9, store } })
    await one.get()
    expect(await two.get()).toMatchObject({ ok: true, from: 'store' })
    await pass(11 * HOUR_MS + MINUTE_MS)
    void one.tokens.renew(one.holder)
    await until(() => simulator.requests.length === 2)
    await turns()
    void two.tokens.renew(two.holder)
    await turns()
    expect(simulator.requests).toHaveLength(2)
    expect(two.tokens.peek(two.holder)).toEqual(one.tokens.peek(one.holder))
  })
})

describe('the shared store', () => {
  test('that hangs delays one page by 250 ms, and the next ones not at all', async () => {
    const hang = () => new Promise<void>(() => {})
    const { tokens, faults } = setUp({ cache: { maxEntries: 9, store: { get: hang, set: hang, delete: hang } } })
    const ask = (email: string) => clockUntil(tokens.get(tokens.holderOf({ email })))
    const first = await ask('a@example.com')
    expect(first).toMatchObject({ value: { ok: true } })
    expect(first.tookMs).toBeGreaterThanOrEqual(250)
    for (const email of ['b@example.com', 'c@example.com']) {
      const { value, tookMs } = await ask(email)
      expect(value.ok).toBe(true)
      expect(tookMs).toBeLessThan(200)
    }
    expect(faults.map(({ code }) => code)).toEqual(['ERR_CACHE_STORE'])
  })

  test('gives the token of a visitor who was evicted from memory', async () => {
    const store = storeInMemory()
    const bob = { email: 'bob@example.com' }
    await setUp({ cache: { maxEntries: 9, store } }).get(bob)
    const { get } = setUp({ cache: { maxEntries: 1, store } })
    expect(await get()).toMatchObject({ ok: true, from: 'minted' })
    expect(await get(bob)).toMatchObject({ ok: true, from: 'store' })
    expect(await get()).toMatchObject({ ok: true, from: 'store' })
  })

  test('that is slow to write delays no page', async () => {
    const store = { get: () => undefined, set: () => new Promise(() => {}), delete: () => true }
    const { tokens, holder } = setUp({ cache: { maxEntries: 9, store } })
    expect((await clockUntil(tokens.get(holder))).tookMs).toBeLessThan(200)
  })

  test('has no address in its keys, and a ttl until the token expires', async () => {
    const writes: unknown[][] = []
    const store = {
      get: () => undefined,
      set: (...written: unknown[]) => void writes.push(written),
      delete: () => true
    }
    const { get } = setUp({ cache: { maxEntries: 9, store } })
    await get()
    await turns()
    expect(writes[0]?.[0]).toMatch(/^hubspot-identification:[\w-]{43}$/)
    expect(writes[0]?.[2]).toBeLessThanOrEqual(12 * HOUR_MS)
    expect(writes[0]?.[2]).toBeGreaterThan(12 * HOUR_MS - 10_000)
  })
})
