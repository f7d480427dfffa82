// identify(visitor): the same tokens, limits and errors as for a page, outside of a request.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { HubSpotIdentificationError, hubspotIdentification } from '../../lib/index.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { clockUntil, pass, takeOverClock, until } from '../mint/harness.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  simulator = await startHubSpotSimulator()
})
afterEach(async () => {
  jest.useRealTimers()
  await simulator.close()
})

const jane = { email: ' jane@example.com ' }
function make(more = {}) {
  return hubspotIdentification({ accessToken: 'pat-1', baseUrl: simulator.url, onError: () => {}, ...more })
}

describe('identify', () => {
  test('gives address, token and expiry, and shares the mint', async () => {
    const { identify } = make()
    const all = await Promise.all(Array.from({ length: 20 }, () => identify(jane)))
    expect(all[0]).toEqual({ email: 'jane@example.com', token: expect.any(String), expiresAt: expect.any(Number) })
    expect(simulator.verify(all[0]?.token)?.email).toBe('jane@example.com')
    expect(new Set(all.map(({ token }) => token)).size).toBe(1)
    expect(simulator.requests).toHaveLength(1)
  })

  test('gives every caller a new object, also for errors', async () => {
    const { identify } = make()
    const [one, two] = await Promise.all([identify(jane), identify(jane)])
    expect(one).not.toBe(two)
    Object.assign(one, { token: 'changed' })
    expect((await identify(jane)).token).toBe(two.token)
    simulator.respondWith({ status: 400 })
    const errors = await Promise.all(
      Array.from({ length: 5 }, () => identify({ email: 'john@example.com' }).catch((error: unknown) => error))
    )
    expect(new Set(errors).size).toBe(5)
    for (const error of errors) expect(error).toMatchObject({ code: 'ERR_REJECTED', upstreamStatus: 400 })
  })

  const invalid: unknown[] = [
    null,
    undefined,
    5,
    'jane@example.com',
    {},
    { email: 'secret' },
    { email: 'a@example.com', customerAgentContext: { a: 5 } },
    { email: 'a@example.com', emailVerified: false },
    {
      get email() {
        throw new Error('secret')
      }
    }
  ]
  test('rejects what is no visitor, without a call', async () => {
    const { identify } = make()
    for (const visitor of invalid) {
      const error = await identify(visitor as never).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(HubSpotIdentificationError)
      expect(error).toMatchObject({ code: 'ERR_VISITOR_INVALID', hint: expect.stringContaining('email') })
      expect(String(error)).not.toContain('secret')
    }
    expect(simulator.requests).toHaveLength(0)
    await expect(identify({ email: 'nope' })).rejects.toThrow(
      'identify() was given no visitor: its email is missing or malformed.'
    )
  })

  test('gives a token near its end at once, and renews it in the background', async () => {
    takeOverClock()
    const { identify } = make()
    const { value: first } = await clockUntil(identify(jane))
    await pass(11.5 * 60 * 60 * 1000)
    expect((await clockUntil(identify(jane))).value).toEqual(first)
    await until(() => simulator.requests.length === 2)
    await pass(1)
    expect((await clockUntil(identify(jane))).value.token).not.toBe(first.token)
    expect(simulator.requests).toHaveLength(2)
  })
})
