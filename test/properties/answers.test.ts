// Any HTTP answer in place of HubSpot's: no crash, and always a usable token or a documented error code.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import fc from 'fast-check'
import { createMint } from '../../lib/mint/policy.js'
import { isToken } from '../../lib/mint/token.js'
import { policySettings, recordFaults, startServer } from '../mint/harness.js'

jest.setTimeout(60_000)

const MARK = 'zqxmark'
const CODES = /^ERR_(UNAUTHORIZED|FORBIDDEN|REJECTED|RATE_LIMITED|UNAVAILABLE|BAD_RESPONSE)$/

type Answer = { status: number; body: string | Uint8Array; headers: Record<string, string> }
let next: Answer = { status: 200, body: '', headers: {} }
let server: Awaited<ReturnType<typeof startServer>>
beforeAll(async () => {
  server = await startServer((req, res) => {
    req.resume()
    res.writeHead(next.status, next.headers)
    res.end(next.body)
  })
})
afterAll(() => server.close())

const status = fc.oneof(
  fc.constantFrom(200, 201, 204, 301, 304, 400, 401, 403, 423, 429, 477, 500, 503),
  fc.integer({ min: 200, max: 999 })
)
const word = fc.oneof(
  fc.constantFrom('DAILY', 'MISSING_SCOPES', MARK, `${MARK}@example.com`),
  fc.string(),
  fc.jsonValue()
)
const errorBody = fc.record(
  { status: word, message: word, category: word, policyName: word, correlationId: word, errors: word, token: word },
  { requiredKeys: [] }
)
const body = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.string({ unit: 'binary' }),
  fc.json(),
  errorBody.map((told) => JSON.stringify(told)),
  fc.record({ token: fc.anything() }).map((told) => {
    try {
      return JSON.stringify(told) ?? ''
    } catch {
      return ''
    }
  }),
  fc.constantFrom('', '{', '{"token":"t"}', `<html>${MARK}</html>`, 'hsCustomerAgentContext', 'x'.repeat(70_000))
)
const header = fc.oneof(
  fc.constantFrom('0', '1', '-1', '99999999999', 'soon', MARK, 'Wed, 21 Oct 2015 07:28:00 GMT', '1e9', ''),
  fc.stringMatching(/^[ -~]{0,30}$/).map((text) => text.trim())
)
const headers = fc.record(
  {
    'retry-after': header,
    date: header,
    'x-hubspot-correlation-id': header,
    'x-hubspot-ratelimit-interval-milliseconds': header
  },
  { requiredKeys: [] }
)

test('any status, body and headers give a usable token or a documented code', async () => {
  await fc.assert(
    fc.asyncProperty(fc.record({ status, body, headers }), async (answer) => {
      next = answer
      const { faults, report } = recordFaults()
      const mint = createMint(policySettings(server.url, { retries: 0, timeoutMs: 2000 }), report)
      const result = await mint({ email: `jane.${MARK}@example.com` })
      if (result.ok) {
        expect(isToken(result.token)).toBe(true)
        expect(answer.status).toBeGreaterThanOrEqual(200)
        expect(answer.status).toBeLessThan(300)
        expect(faults).toEqual([])
      } else {
        expect(result.fault.code).toMatch(CODES)
        expect(result.fault.hint).not.toBe('')
        expect(result.holdMs).toBeGreaterThanOrEqual(0)
        expect(result.holdMs).toBeLessThanOrEqual(10 * 60 * 1000)
        expect(JSON.stringify(faults)).not.toContain(MARK)
        expect(faults).toHaveLength(1)
      }
    }),
    { numRuns: 400 }
  )
})
