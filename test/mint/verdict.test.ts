// Decisions about the result of an attempt.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { faultFromStatus, networkFault } from '../../lib/mint/hubspot-faults.js'
import {
  type Attempt,
  delayMsFor,
  holdMsFor,
  mayRetry,
  openMsFor,
  provesHealth,
  provesTrouble,
  shed
} from '../../lib/mint/verdict.js'

const refused = (status: number, headers: Record<string, string> = {}) =>
  faultFromStatus(new Response('', { status, headers }), '')
const token: Attempt = { ok: true, token: 't', status: 200, sentAtMs: 0 }
const notAsked = shed('ERR_RATE_LIMITED', 'hint')
const MINUTE_MS = 60_000

beforeEach(() => void jest.useFakeTimers({ now: 0, doNotFake: ['nextTick'] }))
afterEach(() => void jest.useRealTimers())

describe('what an attempt proves', () => {
  test('a token, and the refusal of one visitor, prove that HubSpot works', () => {
    for (const attempt of [token, refused(400), refused(422)]) {
      expect([provesHealth(attempt), provesTrouble(attempt)]).toEqual([true, false])
    }
  })

  test('a refused call that is not about the data, such as one of a proxy, proves nothing', () => {
    for (const attempt of [refused(405), refused(407), refused(418)]) {
      expect([provesHealth(attempt), provesTrouble(attempt)]).toEqual([false, false])
    }
  })

  test('a refused access token and a fault of the service prove trouble', () => {
    for (const attempt of [refused(401), refused(403), refused(404), refused(500), refused(302)]) {
      expect([provesHealth(attempt), provesTrouble(attempt)]).toEqual([false, true])
    }
    expect(provesTrouble(networkFault({ name: 'Error' }, false))).toBe(true)
  })

  test('a rate limit, and a call that was not made, prove nothing', () => {
    for (const attempt of [refused(429), refused(477), notAsked]) {
      expect([provesHealth(attempt), provesTrouble(attempt)]).toEqual([false, false])
    }
  })
})

describe('mayRetry', () => {
  test('allows a temporary fault only, while the next attempt can begin before the deadline', () => {
    expect(mayRetry(refused(503), 30_000)).toBe(true)
    expect(mayRetry(refused(400), 30_000)).toBe(false)
    expect(mayRetry(token, 30_000)).toBe(false)
    expect(mayRetry(refused(503), 3000)).toBe(false)
    expect(mayRetry(refused(503, { 'retry-after': '20' }), 30_000)).toBe(true)
    expect(mayRetry(refused(503, { 'retry-after': '30' }), 30_000)).toBe(false)
  })
})

describe('delayMsFor', () => {
  const delays = (attempt: Attempt | undefined, n: number) =>
    Array.from({ length: 300 }, () => delayMsFor(attempt, n)).sort((a, b) => a - b)

  test('doubles up to a maximum, half of it random', () => {
    for (const [n, backoffMs] of [
      [1, 200],
      [2, 400],
      [3, 800],
      [5, 3200],
      [9, 3200]
    ] as const) {
      const all = delays(refused(503), n)
      expect(all[0]).toBeGreaterThanOrEqual(backoffMs / 2 + 10)
      expect(all.at(-1)).toBeLessThanOrEqual(backoffMs + 10)
      expect(new Set(all).size).toBeGreaterThan(250)
      expect((all.at(-1) ?? 0) - (all[0] ?? 0)).toBeGreaterThan(backoffMs / 4)
    }
  })

  test('is never shorter than HubSpot asked for, plus a random part', () => {
    const all = delays(refused(423), 1)
    expect(all[0]).toBeGreaterThanOrEqual(2010)
    expect(all.at(-1)).toBeLessThanOrEqual(2110)
    expect(new Set(all).size).toBeGreaterThan(250)
  })
})

describe('openMsFor and holdMsFor', () => {
  test('the breaker stays open for minutes after a refused access token, else for seconds', () => {
    expect(openMsFor(refused(401))).toBe(3 * MINUTE_MS)
    expect(openMsFor(refused(403))).toBe(3 * MINUTE_MS)
    expect(openMsFor(refused(500))).toBe(15_000)
    expect(openMsFor(notAsked)).toBe(15_000)
    expect(openMsFor(undefined)).toBe(15_000)
  })

  test.each([
    ['a refused visitor', refused(400), 10 * MINUTE_MS],
    ['a temporary fault', refused(503), 30_000],
    ['a refused access token', refused(403), 30_000],
    ['a rate limit, which has a wait for all visitors', refused(429), 0],
    ['a call that was not made', notAsked, 0]
  ])('%s', (_name, attempt, holdMs) => {
    expect(holdMsFor(attempt, false)).toBe(holdMs)
  })

  test('the visitor of a failed probe is held back for longer than the breaker stays open', () => {
    expect(holdMsFor(refused(403), true)).toBeGreaterThan(openMsFor(refused(403)))
    expect(holdMsFor(refused(500), true)).toBeGreaterThan(openMsFor(refused(500)))
  })
})
