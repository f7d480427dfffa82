// The rate limits without HTTP, with a simulated clock.
import { expect, test } from '@jest/globals'
import { createRateMeter } from '../../lib/testing/rate-limit.js'

test('never allows more than max calls in any window', () => {
  let now = 0
  const meter = createRateMeter({ max: 5, windowMs: 100, daily: 1_000_000 }, () => now)
  const taken: number[] = []
  for (now = 0; now < 60_000; now += 7) if (meter.take() === undefined) taken.push(now)
  expect(taken.length).toBeGreaterThan(2500)
  taken.forEach((at, index) => {
    const sixth = taken[index + 5]
    if (sixth !== undefined) expect(sixth - at).toBeGreaterThanOrEqual(100)
  })
})

test('does not count refused calls', () => {
  let now = 0
  const meter = createRateMeter({ max: 1, windowMs: 100, daily: 10 }, () => now)
  expect(meter.take()).toBeUndefined()
  now = 99
  expect(meter.take()).toBe('TEN_SECONDLY_ROLLING')
  now = 100
  expect(meter.take()).toBeUndefined()
  expect(meter.headers()['X-HubSpot-RateLimit-Daily-Remaining']).toBe('8')
})

test('resets the daily limit at midnight UTC', () => {
  let now = Date.UTC(2026, 10, 23, 23, 59, 59)
  const meter = createRateMeter({ max: 100, windowMs: 100, daily: 2 }, () => now)
  expect([meter.take(), meter.take(), meter.take()]).toEqual([undefined, undefined, 'DAILY'])
  now += 1000
  expect(meter.headers()['X-HubSpot-RateLimit-Daily-Remaining']).toBe('2')
  expect([meter.take(), meter.take(), meter.take()]).toEqual([undefined, undefined, 'DAILY'])
})
