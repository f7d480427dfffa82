// The budget of calls: how points are taken, and what happens when it is empty or its limiter fails.
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { RateLimiterMemory, RateLimiterUnion } from 'rate-limiter-flexible'
import { createBudget } from '../../lib/mint/budget.js'
import { clockUntil, pass, recordFaults, takeOverClock } from './harness.js'

afterEach(() => void jest.useRealTimers())

async function takeAll(take: () => Promise<boolean>, count: number): Promise<number> {
  const taken = await Promise.all(Array.from({ length: count }, take))
  return taken.filter(Boolean).length
}

describe('the budget in memory', () => {
  test('is 90 calls in ten seconds; further calls are refused at once', async () => {
    takeOverClock()
    const take = createBudget({ rateLimiter: undefined, account: 'a' }, recordFaults().report)
    expect(await takeAll(take, 200)).toBe(90)
    await pass(9990)
    expect(await take()).toBe(false)
    await pass(20)
    expect(await takeAll(take, 200)).toBe(90)
  })
})

describe("the app's limiter", () => {
  test('is asked for one point under one key per account', async () => {
    const keys: string[] = []
    const memory = new RateLimiterMemory({ points: 3, duration: 10 })
    const rateLimiter = {
      consume: (key: string) => {
        keys.push(key)
        return memory.consume(key)
      }
    }
    const { report, faults } = recordFaults()
    const take = createBudget({ rateLimiter, account: 'a' }, report)
    expect(await takeAll(take, 5)).toBe(3)
    expect(new Set(keys)).toEqual(new Set(['hubspot-identification:a']))
    expect(keys).toHaveLength(5)
    expect(faults).toEqual([])
    await createBudget({ rateLimiter, account: 'b' }, report)()
    expect(keys.at(-1)).toBe('hubspot-identification:b')
  })

  test('is one budget for two instances that share it', async () => {
    const rateLimiter = new RateLimiterMemory({ points: 10, duration: 10 })
    const [one, two] = [0, 1].map(() => createBudget({ rateLimiter, account: 'a' }, recordFaults().report))
    const taken = await Promise.all([
      takeAll(one as () => Promise<boolean>, 8),
      takeAll(two as () => Promise<boolean>, 8)
    ])
    expect(taken[0] + taken[1]).toBe(10)
  })

  test('may be a union of limiters, which rejects in another form when it is empty', async () => {
    const [short, long] = [2, 1000].map(
      (points) => new RateLimiterMemory({ keyPrefix: `of${points}`, points, duration: 10 })
    )
    const { report, faults } = recordFaults()
    const rateLimiter = new RateLimiterUnion(short as RateLimiterMemory, long as RateLimiterMemory)
    expect(await takeAll(createBudget({ rateLimiter, account: 'a' }, report), 30)).toBe(2)
    expect(faults).toEqual([])
  })

  test.each([
    ['rejects with nothing', () => Promise.reject({})],
    ['rejects as a union of which one is gone', () => Promise.reject({ a: { msBeforeNext: 5 }, b: new Error('gone') })],
    ['rejects', () => Promise.reject(new Error('Connection is closed.'))],
    [
      'rejects with an error that looks like an empty budget',
      () => Promise.reject(Object.assign(new Error('gone'), { msBeforeNext: 5 }))
    ],
    ['rejects with something odd', () => Promise.reject({ code: 5 })],
    [
      'throws',
      () => {
        throw new TypeError('no')
      }
    ]
  ])('that %s is replaced by a budget in memory, and reported once', async (_name, consume) => {
    const { report, faults } = recordFaults()
    const take = createBudget({ rateLimiter: { consume }, account: 'a' }, report)
    expect(await takeAll(take, 150)).toBe(90)
    expect(faults).toEqual([
      expect.objectContaining({ code: 'ERR_CACHE_STORE', hint: expect.stringContaining('rateLimiter') })
    ])
  })

  test('that hangs delays the first call by 250 ms, and later ones not at all', async () => {
    takeOverClock()
    const { report, faults } = recordFaults()
    const take = createBudget({ rateLimiter: { consume: () => new Promise(() => {}) }, account: 'a' }, report)
    expect(await clockUntil(take())).toEqual({ value: true, tookMs: 250 })
    expect(await clockUntil(take())).toEqual({ value: true, tookMs: 0 })
    expect(faults).toHaveLength(1)
  })
})
