// The circuit breaker around the mints: what opens it, who makes the probe, what closes it.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createMint, type Mint, type MintResult } from '../../lib/mint/policy.js'
import { type HubSpotSimulator, type SimulatorFault, startHubSpotSimulator } from '../../lib/testing/index.js'
import { clockUntil, pass, policySettings, recordFaults, takeOverClock, until } from './harness.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  takeOverClock()
  simulator = await startHubSpotSimulator()
})
afterEach(async () => {
  jest.useRealTimers()
  await simulator.close()
})

const ALWAYS = Number.POSITIVE_INFINITY
const MINUTE_MS = 60_000

function setUp(more: Parameters<typeof policySettings>[1] = {}) {
  const { faults, report } = recordFaults()
  const mint = createMint(policySettings(simulator.url, more), report)
  return { faults, mint, mintFor: (name: string) => clockUntil(mintFor(mint, name)) }
}

function mintFor(mint: Mint, name: string): Promise<MintResult> {
  return mint({ email: `${name}@example.com` })
}

function from(name: string): NonNullable<SimulatorFault['when']> {
  return ({ body }) => (body as { email: string }).email === `${name}@example.com`
}

/** Opens the breaker: a refused access token for two visitors, or five faults. */
async function openBreaker({ mintFor }: ReturnType<typeof setUp>, status: number): Promise<void> {
  simulator.respondWith({ status, times: ALWAYS })
  const names = status === 401 || status === 403 ? ['x1', 'x2'] : ['x1', 'x2', 'x3', 'x4', 'x5']
  for (const name of names) await mintFor(name)
  simulator.respondWith()
  simulator.requests.length = 0
}

describe('the breaker', () => {
  test.each([
    [401, 3 * MINUTE_MS],
    [403, 3 * MINUTE_MS],
    [500, 15_000],
    [404, 15_000]
  ])(
    'opens on %i for two visitors, refuses without a wait, and closes with the first success',
    async (status, openMs) => {
      const policy = setUp()
      await openBreaker(policy, status)
      const openedAtMs = Date.now()
      const told = policy.faults.length
      for (const name of ['a', 'b', 'c']) {
        const { value, tookMs } = await policy.mintFor(name)
        expect(value).toMatchObject({ ok: false, shed: true, holdMs: 0, fault: { code: 'ERR_UNAVAILABLE' } })
        expect(tookMs).toBe(0)
      }
      await pass(openedAtMs + openMs - 500 - Date.now())
      expect((await policy.mintFor('a')).value.ok).toBe(false)
      expect(simulator.requests).toHaveLength(0)
      expect(policy.faults).toHaveLength(told)
      await pass(600)
      expect((await policy.mintFor('a')).value.ok).toBe(true)
      expect((await policy.mintFor('b')).value.ok).toBe(true)
    }
  )

  test.each([401, 403, 500])('stays closed for one visitor with a %i, however often it occurs', async (status) => {
    simulator.respondWith({ status, times: ALWAYS, when: from('mallory') })
    const { mintFor } = setUp({ retries: 0, rateLimiter: { consume: async () => {} } })
    for (let page = 0; page < 50; page += 1) await mintFor('mallory')
    expect((await mintFor('jane')).value.ok).toBe(true)
  })

  test('stays closed for one visitor with many contexts', async () => {
    simulator.respondWith({ status: 500, when: from('mallory'), times: ALWAYS })
    const { mint, mintFor } = setUp({ retries: 0 })
    for (let page = 0; page < 8; page += 1)
      await clockUntil(mint({ email: 'mallory@example.com', customerAgentContext: { page: String(page) } }))
    expect((await mintFor('jane')).value.ok).toBe(true)
  })

  test.each([400, 418])('stays closed when HubSpot refuses visitors with a %i', async (status) => {
    simulator.respondWith({ status, times: 20 })
    const { mintFor } = setUp()
    for (let n = 0; n < 20; n += 1) {
      expect((await mintFor(`v${n}`)).value).toMatchObject({ ok: false, holdMs: 10 * MINUTE_MS })
    }
    expect((await mintFor('jane')).value.ok).toBe(true)
  })

  test('stays closed for an empty budget and for a rate limit', async () => {
    let points = 0
    const rateLimiter = { consume: () => (points-- > 0 ? Promise.resolve() : Promise.reject({ msBeforeNext: 1 })) }
    const policy = setUp({ rateLimiter, retries: 0 })
    for (let n = 0; n < 20; n += 1) await policy.mintFor(`v${n}`)
    points = 100
    simulator.respondWith({ status: 429, headers: { 'retry-after': '1' }, times: 20 })
    for (let n = 0; n < 20; n += 1) {
      await policy.mintFor(`v${n}`)
      await pass(1001)
    }
    expect((await policy.mintFor('jane')).value.ok).toBe(true)
  })

  test('allows one probe and meanwhile refuses the others without a wait', async () => {
    const policy = setUp()
    await openBreaker(policy, 403)
    await pass(3 * MINUTE_MS + 1)
    simulator.respondWith({ delayMs: 3000 })
    const probe = mintFor(policy.mint, 'a')
    await until(() => simulator.requests.length === 1)
    for (const name of ['b', 'c']) {
      expect(await policy.mintFor(name)).toMatchObject({ value: { ok: false, shed: true }, tookMs: 0 })
    }
    expect((await clockUntil(probe)).value.ok).toBe(true)
    expect((await policy.mintFor('b')).value.ok).toBe(true)
    expect(simulator.requests).toHaveLength(2)
  })

  test.each([
    ['a limit', { status: 429, policyName: 'DAILY' }],
    ['a fault', { status: 525 }],
    ['a web page', { html: '<html>' }],
    ['a refused credential', { status: 401 }]
  ] as const)('stays open when the probe meets %s', async (_name, fault) => {
    const policy = setUp()
    await openBreaker(policy, 403)
    await pass(3 * MINUTE_MS + 1)
    simulator.respondWith(fault)
    await policy.mintFor('a')
    expect(await policy.mintFor('b')).toMatchObject({ value: { ok: false, shed: true }, tookMs: 0 })
    expect(simulator.requests).toHaveLength(1)
  })

  test('stays open when the probe finds the budget empty', async () => {
    let isEmpty = false
    const rateLimiter = { consume: () => (isEmpty ? Promise.reject({ msBeforeNext: 1 }) : Promise.resolve()) }
    const policy = setUp({ rateLimiter })
    await openBreaker(policy, 403)
    await pass(3 * MINUTE_MS + 1)
    isEmpty = true
    await policy.mintFor('a')
    isEmpty = false
    expect((await policy.mintFor('b')).value).toMatchObject({ shed: true, fault: { code: 'ERR_UNAVAILABLE' } })
    expect(simulator.requests).toHaveLength(0)
  })

  test('closes when HubSpot refuses the visitor of the probe, because HubSpot works then', async () => {
    const policy = setUp()
    await openBreaker(policy, 403)
    await pass(3 * MINUTE_MS + 1)
    simulator.respondWith({ status: 400 })
    await policy.mintFor('a')
    expect((await policy.mintFor('b')).value.ok).toBe(true)
  })

  test('holds the visitor of a failed probe back for longer than it stays open, so that the next probe is for another visitor', async () => {
    const policy = setUp()
    await openBreaker(policy, 403)
    await pass(3 * MINUTE_MS + 1)
    simulator.respondWith({ status: 403, body: '<html>blocked</html>', times: ALWAYS, when: from('mallory') })
    const { value } = await policy.mintFor('mallory')
    expect(value.ok || value.holdMs).toBeGreaterThan(3 * MINUTE_MS)
    await pass(3 * MINUTE_MS + 1)
    expect((await policy.mintFor('jane')).value.ok).toBe(true)
  })
})
