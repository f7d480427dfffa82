// Retries, reports and events of a mint, against the simulator, with a simulated clock.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createMint, type Mint, type MintResult } from '../../lib/mint/policy.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { clockUntil, policySettings, recordFaults, takeOverClock } from './harness.js'

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

describe('retries', () => {
  test.each([
    [423, 3],
    [500, 3],
    [502, 3],
    [503, 3],
    [504, 3],
    [521, 3],
    [522, 3],
    [523, 3],
    [524, 3],
    [429, 3],
    [400, 1],
    [401, 1],
    [403, 1],
    [404, 1],
    [405, 1],
    [414, 1],
    [477, 1],
    [501, 1],
    [525, 1],
    [526, 1],
    [302, 1]
  ])('a %i makes %i calls', async (status, calls) => {
    simulator.respondWith({ status, times: ALWAYS })
    const { mintFor, faults } = setUp()
    expect((await mintFor('jane')).value).toMatchObject({ ok: false, shed: false })
    expect(simulator.requests).toHaveLength(calls)
    expect(faults).toEqual([expect.objectContaining({ upstreamStatus: status })])
  })

  test.each([
    ['a reset', { reset: true }],
    ['a connection that is cut', { truncate: true }],
    ['a call that hangs', { hang: true }]
  ] as const)('%s is tried again', async (_name, fault) => {
    simulator.respondWith(fault, fault)
    const { mintFor, faults } = setUp()
    expect((await mintFor('jane')).value).toMatchObject({ ok: true })
    expect(simulator.requests).toHaveLength(3)
    expect(faults).toEqual([])
  })

  test.each([
    ['a web page', { html: '<html>' }],
    ['a useless token', { token: 5 }],
    ['an endless body', { endless: true }]
  ] as const)('%s is not', async (_name, fault) => {
    simulator.respondWith(fault)
    expect((await setUp().mintFor('jane')).value).toMatchObject({ ok: false, holdMs: 10 * MINUTE_MS })
    expect(simulator.requests).toHaveLength(1)
  })

  test.each([0, 1, 5])('are at most as many as the option "retries": %i', async (retries) => {
    simulator.respondWith({ status: 503, times: ALWAYS })
    await setUp({ retries }).mintFor('jane')
    expect(simulator.requests).toHaveLength(retries + 1)
  })

  test('a DAILY limit is not retried', async () => {
    simulator.respondWith({ status: 429, policyName: 'DAILY', times: ALWAYS })
    await setUp().mintFor('jane')
    expect(simulator.requests).toHaveLength(1)
  })

  test.each([
    ['a lock', { status: 423 }, 2000],
    ['a window', { status: 429 }, 10_000],
    ['Retry-After', { status: 503, headers: { 'retry-after': '7' } }, 7000],
    [
      'a date',
      {
        status: 503,
        headers: { date: new Date(1e12).toUTCString(), 'retry-after': new Date(1e12 + 4000).toUTCString() }
      },
      4000
    ],
    ['junk', { status: 503, headers: { 'retry-after': 'junk' } }, 100]
  ] as const)('wait for %s', async (_name, fault, waitMs) => {
    simulator.respondWith(fault)
    expect((await setUp().mintFor('jane')).value.ok).toBe(true)
    const [first, second] = simulator.requests.map(({ at }) => at)
    const waited = (second ?? 0) - (first ?? 0)
    expect(waited).toBeGreaterThanOrEqual(waitMs)
    expect(waited).toBeLessThan(waitMs + 500)
  })

  test('a refused access token holds only this visitor back, for 30 s', async () => {
    simulator.respondWith({ status: 401 })
    expect((await setUp().mintFor('jane')).value).toMatchObject({ ok: false, holdMs: 30_000 })
  })

  test('a wait that would end after the deadline is not started', async () => {
    simulator.respondWith({ status: 503, headers: { 'retry-after': '40' }, times: ALWAYS })
    const { value, tookMs } = await setUp().mintFor('jane')
    expect(value).toMatchObject({ ok: false, holdMs: 30_000 })
    expect(tookMs).toBeLessThan(100)
  })

  test('a mint ends within 30 s, whatever hangs', async () => {
    simulator.respondWith({ hang: true, times: ALWAYS })
    const hanging = { consume: () => new Promise(() => {}) }
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 4900))
      return 'pat-1'
    }
    const settings = { retries: 10, timeoutMs: 60_000, rateLimiter: hanging, accessToken: slow }
    for (const more of [settings, { retries: 10 }, { ...settings, timeoutMs: 3000 }]) {
      const { tookMs } = await clockUntil(mintFor(setUp(more).mint, 'jane'), 50)
      expect(tookMs).toBeLessThanOrEqual(30_000)
    }
    simulator.respondWith()
    simulator.respondWith({ status: 503, times: ALWAYS })
    const { tookMs } = await clockUntil(mintFor(setUp({ retries: 10 }).mint, 'jane'), 50)
    expect(tookMs).toBeLessThanOrEqual(30_000)
  })

  test('a mint that finds the budget empty between two attempts ends with the refusal of HubSpot', async () => {
    let points = 1
    const rateLimiter = { consume: () => (points-- > 0 ? Promise.resolve() : Promise.reject({ msBeforeNext: 1 })) }
    simulator.respondWith({ status: 503, times: ALWAYS })
    const { mintFor, faults } = setUp({ rateLimiter })
    expect((await mintFor('jane')).value).toMatchObject({ ok: false, shed: false, fault: { upstreamStatus: 503 } })
    expect(faults).toHaveLength(1)
    expect(simulator.requests).toHaveLength(1)
  })
})

describe('reports and events', () => {
  const events: unknown[] = []
  const listen = (event: unknown) => void events.push(event)
  beforeEach(() => {
    events.length = 0
    subscribe('hubspot-identification:mint', listen)
  })
  afterEach(() => void unsubscribe('hubspot-identification:mint', listen))

  test('there is one event for each mint, without personal data', async () => {
    simulator.respondWith({ status: 503 }, { delayMs: 0 }, { status: 400 })
    const { mintFor } = setUp()
    await mintFor('jane')
    await mintFor('john')
    expect(events).toEqual([
      { outcome: 'minted', attempts: 2, upstreamStatus: 200, durationMs: expect.any(Number) },
      { outcome: 'ERR_REJECTED', attempts: 1, upstreamStatus: 400, durationMs: expect.any(Number) }
    ])
  })

  test('the event of a mint without a call has no attempts and no status', async () => {
    const { mintFor } = setUp({ rateLimiter: { consume: () => Promise.reject({ msBeforeNext: 5 }) } })
    await mintFor('jane')
    expect(events).toEqual([{ outcome: 'ERR_RATE_LIMITED', attempts: 0, durationMs: expect.any(Number) }])
  })

  test('a fault is reported once, after the last attempt', async () => {
    simulator.respondWith({ status: 502 }, { status: 503 }, { status: 504 })
    const { mintFor, faults } = setUp()
    await mintFor('jane')
    expect(faults.map(({ upstreamStatus }) => upstreamStatus)).toEqual([504])
  })

  test('a mint that is held back does not even call the access token function', async () => {
    let asked = 0
    simulator.respondWith({ status: 429, policyName: 'DAILY' })
    const { mintFor, faults } = setUp({ accessToken: () => `pat-${++asked}` })
    await mintFor('jane')
    for (let page = 0; page < 10; page += 1) await mintFor('john')
    expect([asked, faults.length, simulator.requests.length]).toEqual([1, 1, 1])
  })
})
