// When the circuit breaker opens: never on the faults of one visitor.
import { describe, expect, test } from '@jest/globals'
import { TwoVisitorBreaker } from '../../lib/mint/two-visitor-breaker.js'

function opensAfter(...notes: [string, boolean][]): boolean {
  const rule = new TwoVisitorBreaker()
  return notes
    .map(([visitor, isCredential]) => {
      rule.note(visitor, isCredential)
      return rule.failure()
    })
    .includes(true)
}

describe('TwoVisitorBreaker', () => {
  test('opens when the access token is refused for two visitors', () => {
    expect(opensAfter(['a', true], ['b', true])).toBe(true)
  })

  test('opens on five other faults in a row of two visitors, not on four', () => {
    expect(opensAfter(['a', false], ['b', false], ['a', false], ['b', false])).toBe(false)
    expect(opensAfter(['a', false], ['a', false], ['a', false], ['a', false], ['b', false])).toBe(true)
  })

  test('does not open for one visitor, however many faults occur', () => {
    expect(opensAfter(...Array.from({ length: 1000 }, (): [string, boolean] => ['mallory', true]))).toBe(false)
    expect(opensAfter(...Array.from({ length: 1000 }, (): [string, boolean] => ['mallory', false]))).toBe(false)
  })

  test('counts refused access tokens and other faults separately', () => {
    expect(opensAfter(['a', true], ['b', false])).toBe(false)
  })

  test('a success resets the count', () => {
    const rule = new TwoVisitorBreaker()
    rule.note('a', true)
    rule.success()
    rule.note('b', true)
    expect(rule.failure()).toBe(false)
    for (const visitor of ['a', 'b', 'c', 'd']) rule.note(visitor, false)
    rule.success()
    rule.note('e', false)
    expect(rule.failure()).toBe(false)
  })

  test('a visitor whose mint failed before a success does not count after it', () => {
    const rule = new TwoVisitorBreaker()
    rule.note('a', false)
    rule.note('b', false)
    rule.success()
    for (let fault = 0; fault < 5; fault += 1) rule.note('a', false)
    expect(rule.failure()).toBe(false)
  })

  test('a failure without a visitor does not open it', () => {
    expect(new TwoVisitorBreaker().failure()).toBe(false)
  })
})
