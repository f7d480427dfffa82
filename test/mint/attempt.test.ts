// One attempt over a real connection: the budget, the time limit, and the wait after a rate limit.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { createAttempts, type Job, newJob } from '../../lib/mint/attempt.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import type { Visitor } from '../../lib/visitor/visitor.js'
import { clockUntil, pass, policySettings, recordFaults, takeOverClock } from './harness.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  simulator = await startHubSpotSimulator()
})
afterEach(async () => {
  jest.useRealTimers()
  await simulator.close()
})

const namesContext = {
  status: 400,
  body: { category: 'VALIDATION_ERROR', errors: [{ in: 'hsCustomerAgentContext' }] },
  times: Number.POSITIVE_INFINITY,
  when: ({ body }: { body: unknown }) => 'hsCustomerAgentContext' in (body as object)
}

function jobFor(visitor: Visitor = { email: 'jane@example.com' }): Job {
  return newJob(visitor, Date.now() + 30_000)
}

function setUp(more: Parameters<typeof policySettings>[1] = {}) {
  const { faults, report } = recordFaults()
  return { faults, attempts: createAttempts(policySettings(simulator.url, more), report) }
}

describe('an attempt', () => {
  test('gives the token and the time at which the call was sent', async () => {
    const beforeMs = Date.now()
    const result = await setUp().attempts.run(jobFor())
    expect(result).toMatchObject({ ok: true })
    expect(result.ok && result.sentAtMs).toBeGreaterThanOrEqual(beforeMs)
    expect(result.ok && simulator.verify(result.token)?.email).toBe('jane@example.com')
  })

  test('ends after timeoutMs, or at the deadline of the mint', async () => {
    takeOverClock()
    simulator.respondWith({ hang: true, times: 3 })
    const { attempts } = setUp()
    expect((await clockUntil(attempts.run(jobFor()))).tookMs).toBe(5000)
    const { tookMs } = await clockUntil(attempts.run({ ...jobFor(), deadlineMs: Date.now() + 200 }))
    expect(tookMs).toBe(200)
    expect((await clockUntil(attempts.run({ ...jobFor(), deadlineMs: Date.now() - 1 }))).tookMs).toBeLessThan(50)
  })

  test('ends in time also if the fetch ignores its signal', async () => {
    takeOverClock()
    const { attempts } = setUp({ fetch: () => new Promise(() => {}) })
    expect(await clockUntil(attempts.run(jobFor()))).toMatchObject({
      value: { ok: false, fault: { code: 'ERR_UNAVAILABLE', cause: { name: 'Error' } } },
      tookMs: 5000
    })
  })

  test('gives a fault for a fetch that throws or returns anything', async () => {
    for (const fetch of [
      () => Promise.reject(undefined),
      () => Promise.reject('pat-test'),
      () => Promise.resolve(undefined),
      () => Promise.resolve({ status: 200, headers: {}, text: () => Promise.resolve(5) }),
      () => Promise.resolve({ status: 500, body: 'text' })
    ]) {
      const result = await setUp({ fetch: fetch as never }).attempts.run(jobFor())
      expect(result).toMatchObject({ ok: false, fault: { code: expect.stringMatching(/^ERR_/) } })
    }
  })
})

describe('the budget', () => {
  test('is charged for every call, corrections included', async () => {
    let taken = 0
    const rateLimiter = { consume: async () => ++taken }
    simulator.respondWith(namesContext)
    await setUp({ rateLimiter }).attempts.run(jobFor())
    expect([taken, simulator.requests.length]).toEqual([2, 2])
  })

  test('refuses at once when it is empty, and is reported once until a point is available again', async () => {
    takeOverClock()
    const rateLimiter = new RateLimiterMemory({ points: 1, duration: 10 })
    const { attempts, faults } = setUp({ rateLimiter })
    for (let outage = 1; outage <= 2; outage += 1) {
      expect((await clockUntil(attempts.run(jobFor()))).value).toMatchObject({ ok: true })
      for (let page = 0; page < 5; page += 1) {
        expect((await clockUntil(attempts.run(jobFor()))).value).toMatchObject({ ok: false, shed: true })
      }
      expect(faults).toHaveLength(outage)
      await pass(10_001)
    }
    expect(faults[0]).toMatchObject({ code: 'ERR_RATE_LIMITED', hint: expect.stringContaining('rateLimiter') })
    expect(simulator.requests).toHaveLength(2)
  })
})

describe('the wait after a rate limit', () => {
  test.each([
    ['a 429', { status: 429 }, 10_000],
    ['a 429 with Retry-After', { status: 429, headers: { 'retry-after': '120' } }, 120_000],
    ['a 429 DAILY', { status: 429, policyName: 'DAILY' }, 3_600_000],
    ['a 477', { status: 477, headers: { 'retry-after': '60' } }, 60_000],
    ['a 477 for a day', { status: 477, headers: { 'retry-after': '86400' } }, 3_600_000]
  ] as const)('after %s lasts as long as told', async (_name, fault, holdMs) => {
    takeOverClock()
    simulator.respondWith(fault)
    const { attempts } = setUp()
    expect(attempts.heldBack()).toBeUndefined()
    await clockUntil(attempts.run(jobFor()))
    const heldAtMs = Date.now()
    expect(await attempts.run(jobFor({ email: 'b@example.com' }))).toMatchObject({ ok: false, shed: true })
    await pass(heldAtMs + holdMs - 200 - Date.now())
    expect(attempts.heldBack()).toMatchObject({ shed: true, fault: { code: 'ERR_RATE_LIMITED' } })
    expect(simulator.requests).toHaveLength(1)
    await pass(201)
    expect(attempts.heldBack()).toBeUndefined()
  })

  test('is not shortened by a shorter one told later', async () => {
    takeOverClock()
    simulator.respondWith({ status: 429, policyName: 'DAILY' }, { status: 429, delayMs: 100 })
    const { attempts } = setUp()
    await clockUntil(Promise.all([attempts.run(jobFor()), attempts.run(jobFor({ email: 'b@example.com' }))]))
    await pass(60_000)
    expect(attempts.heldBack()).toBeDefined()
  })

  test('ends a mint that HubSpot refused before with that refusal', async () => {
    simulator.respondWith({ status: 429 })
    const { attempts } = setUp()
    const job = jobFor()
    await attempts.run(job)
    expect(await attempts.run(job)).toMatchObject({ ok: false, passing: false, fault: { upstreamStatus: 429 } })
    expect(simulator.requests).toHaveLength(1)
  })
})
