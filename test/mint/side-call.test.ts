// Calls to the shared store and limiter: the time limit, the pause after a failure, the reports.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createSideCall } from '../../lib/mint/side-call.js'
import { clockUntil, pass, recordFaults, takeOverClock } from './harness.js'

beforeEach(takeOverClock)
afterEach(() => void jest.useRealTimers())

const hang = () => new Promise<never>(() => {})
const fail = () => Promise.reject(new Error('jane@example.com'))

describe('a side call', () => {
  test('gives the value, also of a promise', async () => {
    const call = createSideCall('store', recordFaults().report)
    expect(await call(() => 1)).toEqual({ ok: true, value: 1 })
    expect(await call(async () => 2)).toEqual({ ok: true, value: 2 })
  })

  test('leaves no timer behind', async () => {
    const call = createSideCall('store', recordFaults().report)
    await call(() => 1)
    await call(fail)
    expect(jest.getTimerCount()).toBe(0)
  })

  test('that hangs ends after 250 ms, and for five seconds the next ones do not wait', async () => {
    const call = createSideCall('store', recordFaults().report)
    expect(await clockUntil(call(hang))).toEqual({ value: { ok: false }, tookMs: 250 })
    let asked = 0
    const count = () => {
      asked += 1
    }
    expect(await clockUntil(call(count))).toEqual({ value: { ok: false }, tookMs: 0 })
    await pass(4900)
    await call(count)
    expect(asked).toBe(0)
    await pass(200)
    expect(await call(count)).toMatchObject({ ok: true })
    expect(asked).toBe(1)
  })

  test('does not wait for the result of a probe', async () => {
    const call = createSideCall('store', recordFaults().report)
    await call(fail)
    await pass(5001)
    const probe = call(hang)
    expect(await clockUntil(call(() => 1))).toEqual({ value: { ok: false }, tookMs: 0 })
    expect(await clockUntil(probe)).toMatchObject({ value: { ok: false } })
  })

  test('is reported when an outage begins, not while it lasts, and again when the next one begins', async () => {
    const { report, faults } = recordFaults()
    const call = createSideCall('the store', report)
    for (let outage = 1; outage <= 2; outage += 1) {
      for (let round = 0; round < 3; round += 1) {
        await call(fail)
        await call(fail)
        await pass(5001)
      }
      expect(faults).toHaveLength(outage)
      expect(await call(() => 1)).toMatchObject({ ok: true })
    }
    expect(faults[0]).toMatchObject({ code: 'ERR_CACHE_STORE', retryable: true, cause: { name: 'Error' } })
    expect(JSON.stringify(faults)).not.toContain('jane@')
  })
})
