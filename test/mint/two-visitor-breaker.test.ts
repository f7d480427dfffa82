// When HubSpot is left alone: never for one visitor's sake.
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
  test('opens when the credential is refused for two visitors', () => {
    expect(opensAfter(['a', true], ['b', true])).toBe(true)
  })

  test('opens on a run of five other faults of two visitors, not of four', () => {
    expect(opensAfter(['a', false], ['b', false], ['a', false], ['b', false])).toBe(false)
    expect(opensAfter(['a', false], ['a', false], ['a', false], ['a', false], ['b', false])).toBe(true)
  })

  test('does not open for one visitor, however often', () => {
    expect(opensAfter(...Array.from({ length: 1000 }, (): [string, boolean] => ['mallory', true]))).toBe(false)
    expect(opensAfter(...Array.from({ length: 1000 }, (): [string, boolean] => ['mallory', false]))).toBe(false)
  })

  test('does not add a refused credential to another fault', () => {
    expect(opensAfter(['a', true], ['b', false])).toBe(false)
  })

  test('a success starts the count again', () => {
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

  test('somebody whose mint failed before a success is not one of the two visitors after it', () => {
    const rule = new TwoVisitorBreaker()
    rule.note('a', false)
    rule.note('b', false)
    rule.success()
    for (let fault = 0; fault < 5; fault += 1) rule.note('a', false)
    expect(rule.failure()).toBe(false)
  })

  test('a failure that was noted for nobody opens nothing', () => {
    expect(new TwoVisitorBreaker().failure()).toBe(false)
  })
})
