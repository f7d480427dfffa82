// Corrections within an attempt: a refused empty context, and an access token that was replaced.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createAttempts, type Job, newJob } from '../../lib/mint/attempt.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import type { Visitor } from '../../lib/visitor/visitor.js'
import { policySettings, recordFaults } from './harness.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  simulator = await startHubSpotSimulator()
})
afterEach(() => simulator.close())

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

describe('the empty context', () => {
  test('is left out after HubSpot has refused it, also in later mints', async () => {
    simulator.respondWith(namesContext)
    const { attempts } = setUp()
    for (const email of ['a@example.com', 'b@example.com', 'c@example.com']) {
      expect(await attempts.run(jobFor({ email }))).toMatchObject({ ok: true })
    }
    expect(simulator.requests.map(({ body }) => 'hsCustomerAgentContext' in (body as object))).toEqual([
      true,
      false,
      false,
      false
    ])
  })

  test('is still sent after a 400 that is about something else', async () => {
    simulator.respondWith({ status: 400, body: { errors: [{ in: 'hsCustomerAgentContext' }] }, times: 2 })
    const { attempts } = setUp()
    expect(await attempts.run(jobFor())).toMatchObject({ ok: false, kind: 'context' })
    expect(simulator.requests).toHaveLength(2)
    await attempts.run(jobFor())
    expect(simulator.requests.at(-1)?.body).toHaveProperty('hsCustomerAgentContext')
  })

  test('is sent again when HubSpot then requires it', async () => {
    simulator.respondWith(namesContext)
    const { attempts } = setUp()
    await attempts.run(jobFor())
    simulator.respondWith()
    simulator.respondWith({
      ...namesContext,
      when: ({ body }) => !('hsCustomerAgentContext' in (body as object))
    })
    const sent = simulator.requests.length
    for (let mint = 0; mint < 2; mint += 1) expect(await attempts.run(jobFor())).toMatchObject({ ok: true })
    // Once without it, then with it again, also in later mints.
    const bodies = simulator.requests.slice(sent).map(({ body }) => 'hsCustomerAgentContext' in (body as object))
    expect(bodies).toEqual([false, true, true])
  })

  test("is left out without leaving out a visitor's own context", async () => {
    simulator.respondWith(namesContext)
    const { attempts } = setUp()
    const customerAgentContext = { plan: 'gold' }
    await attempts.run(jobFor())
    simulator.respondWith()
    await attempts.run(jobFor({ email: 'b@example.com', customerAgentContext }))
    expect(simulator.requests.at(-1)?.body).toMatchObject({ hsCustomerAgentContext: customerAgentContext })
  })

  test("a visitor's own context that is refused is left out once, and sent again in later mints", async () => {
    simulator.respondWith(namesContext)
    const { attempts } = setUp()
    const visitor = { email: 'jane@example.com', customerAgentContext: { plan: 'gold' } }
    await attempts.run(jobFor(visitor))
    await attempts.run(jobFor(visitor))
    expect(simulator.requests).toHaveLength(4)
  })
})

describe('a refused context and a replaced access token', () => {
  const expired = {
    status: 401,
    when: ({ headers }: { headers: Record<string, string> }) => headers['authorization'] !== 'Bearer fresh'
  }

  test.each([
    ['first the credential', [{ ...expired, times: 1 }, namesContext]],
    ['first the context', [namesContext, { ...expired, times: Number.POSITIVE_INFINITY }]]
  ])('are both corrected in one mint: %s', async (_name, faults) => {
    simulator.respondWith(...(faults as Parameters<typeof simulator.respondWith>))
    let asked = 0
    const { attempts } = setUp({ accessToken: () => (++asked === 1 ? 'old' : 'fresh') })
    expect(await attempts.run(jobFor())).toMatchObject({ ok: true })
    expect(asked).toBe(2)
    expect(simulator.requests).toHaveLength(3)
  })
})

describe('the access token function', () => {
  test('is called for every mint', async () => {
    let asked = 0
    const { attempts } = setUp({ accessToken: () => `pat-${++asked}` })
    await attempts.run(jobFor())
    await attempts.run(jobFor())
    expect(simulator.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer pat-1', 'Bearer pat-2'])
  })

  test('is called once more after a 401, and the new access token is used', async () => {
    let asked = 0
    simulator.respondWith({ status: 401 })
    const { attempts, faults } = setUp({ accessToken: async () => `pat-${++asked}` })
    expect(await attempts.run(jobFor())).toMatchObject({ ok: true })
    expect(simulator.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer pat-1', 'Bearer pat-2'])
    expect(faults).toEqual([])
  })

  test('is called only once more, and nothing is sent if it returns the same access token', async () => {
    let asked = 0
    simulator.respondWith({ status: 401, times: Number.POSITIVE_INFINITY })
    const fresh = setUp({ accessToken: () => `pat-${++asked}` })
    const job = jobFor()
    expect(await fresh.attempts.run(job)).toMatchObject({ ok: false, fault: { code: 'ERR_UNAUTHORIZED' } })
    expect([asked, simulator.requests.length]).toEqual([2, 2])
    await fresh.attempts.run(job)
    expect([asked, simulator.requests.length]).toEqual([2, 3])
    simulator.requests.length = 0
    asked = 0
    const stale = setUp({
      accessToken: () => {
        asked += 1
        return 'pat-same'
      }
    })
    expect(await stale.attempts.run(jobFor())).toMatchObject({ ok: false, fault: { code: 'ERR_UNAUTHORIZED' } })
    expect([asked, simulator.requests.length]).toEqual([2, 1])
  })

  test('that fails the second time leaves the 401 as the result', async () => {
    let asked = 0
    simulator.respondWith({ status: 401 })
    const accessToken = () => {
      asked += 1
      if (asked > 1) throw new Error('vault')
      return 'pat-1'
    }
    expect(await setUp({ accessToken }).attempts.run(jobFor())).toMatchObject({ fault: { code: 'ERR_UNAUTHORIZED' } })
  })

  test('is not called while the budget is empty', async () => {
    let asked = 0
    const rateLimiter = { consume: () => Promise.reject({ msBeforeNext: 5 }) }
    const accessToken = () => `pat-${++asked}`
    expect(await setUp({ accessToken, rateLimiter }).attempts.run(jobFor())).toMatchObject({ shed: true })
    expect(asked).toBe(0)
  })

  test('that fails ends the attempt without a call to HubSpot', async () => {
    const job = jobFor()
    expect(await setUp({ accessToken: () => '' }).attempts.run(job)).toMatchObject({
      ok: false,
      passing: false,
      fault: { code: 'ERR_ACCESS_TOKEN' }
    })
    expect([job.attempts, simulator.requests.length]).toEqual([0, 0])
  })

  test('a string is not tried again after a 401', async () => {
    simulator.respondWith({ status: 401 })
    expect(await setUp().attempts.run(jobFor())).toMatchObject({ fault: { code: 'ERR_UNAUTHORIZED' } })
    expect(simulator.requests).toHaveLength(1)
  })
})
