// Reading the access token: a string, or the result of the app's function.
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import { readAccessToken } from '../../lib/mint/access-token.js'
import { clockUntil, takeOverClock } from './harness.js'

const later = () => Date.now() + 30_000

afterEach(() => void jest.useRealTimers())

describe('readAccessToken', () => {
  test('gives a string unchanged', async () => {
    expect(await readAccessToken('pat-1', later())).toEqual({ ok: true, accessToken: 'pat-1' })
  })

  test.each([
    ['at once', () => ' pat-2\n'],
    ['later', async () => 'pat-2']
  ])('calls a function that returns %s, and trims the result', async (_name, source) => {
    expect(await readAccessToken(source, later())).toEqual({ ok: true, accessToken: 'pat-2' })
  })

  test.each([undefined, null, '', ' ', 5, {}, 'päss', 'two words', 'line\nbreak', ['pat']])(
    'refuses %j',
    async (given) => {
      const result = await readAccessToken(() => given as string, later())
      expect(result).toMatchObject({
        ok: false,
        fault: {
          code: 'ERR_ACCESS_TOKEN',
          retryable: true,
          message: expect.stringContaining('nothing that can be sent')
        }
      })
    }
  )

  test.each([
    ['throws', () => Promise.reject(Object.assign(new RangeError('pat-secret'), { code: 'EVAULT' }))],
    [
      'throws at once',
      () => {
        throw Object.assign(new RangeError('pat-secret'), { code: 'EVAULT' })
      }
    ]
  ])('reports a function that %s, without its message', async (_name, source) => {
    const result = await readAccessToken(source, later())
    expect(result).toMatchObject({ ok: false, fault: { cause: { name: 'RangeError', code: 'EVAULT' } } })
    expect(JSON.stringify(result)).not.toContain('pat-secret')
  })

  test('waits five seconds for a function that hangs, or until the deadline of the mint', async () => {
    takeOverClock()
    const hanging = () => new Promise<string>(() => {})
    expect(await clockUntil(readAccessToken(hanging, later()))).toMatchObject({
      value: { ok: false, fault: { code: 'ERR_ACCESS_TOKEN', hint: expect.stringContaining('5 seconds') } },
      tookMs: 5000
    })
    expect((await clockUntil(readAccessToken(hanging, Date.now() + 1000))).tookMs).toBe(1000)
  })
})
