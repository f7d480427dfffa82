// Which fields of an error answer are read from body and headers.
import { describe, expect, test } from '@jest/globals'
import { parseErrorBody, readRetryAfterMs, readWindowMs } from '../../lib/mint/error-answer.js'

const ID = '3fa85f64-5717-4562-b3fc-2c963f66afa6'
const answer = (headers: Record<string, string> = {}) => new Response('', { status: 429, headers })

describe('parseErrorBody', () => {
  test.each(['', 'null', '5', '"text"', '[]', '[{"category":"X"}]', '{', '<html>', '{"category":{"a":1}}', '\0'])(
    'finds nothing in %j',
    (body) => {
      expect(parseErrorBody(answer(), body)).toEqual({})
    }
  )

  test.each([
    ['lower case', { category: 'jane@example.com' }],
    ['a sentence', { category: 'JANE DOE' }],
    ['too long', { category: 'A'.repeat(62) }],
    ['no uuid', { correlationId: 'pat-na1-secret' }]
  ])('leaves out what is not in its documented form: %s', (_name, body) => {
    expect(parseErrorBody(answer(), JSON.stringify(body))).toEqual({})
  })

  test('keeps one field when another is malformed', () => {
    const body = JSON.stringify({ category: 5, policyName: 'DAILY', correlationId: ID })
    expect(parseErrorBody(answer(), body)).toEqual({ category: 'DAILY', policy: 'DAILY', correlationId: ID })
  })

  test('takes the correlation id of the header when the body has none', () => {
    expect(parseErrorBody(answer({ 'x-hubspot-correlation-id': ID }), '<html>')).toEqual({ correlationId: ID })
    expect(parseErrorBody(answer({ 'x-hubspot-correlation-id': 'junk' }), '<html>')).toEqual({})
  })
})

describe('readRetryAfterMs', () => {
  test.each([
    ['0', 0],
    ['1', 1000],
    ['1.5', 1500],
    [' 7 ', 7000],
    ['3601', 3_600_000],
    ['999999999', 3_600_000],
    ['9999999999', 3_600_000],
    ['99999999999999999999.5', 3_600_000],
    ['-1', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['NaN', undefined],
    ['soon', undefined],
    ['', undefined],
    ['2026-01-01', undefined],
    ['Mon, rubbish', undefined]
  ])('%j is %p', (value, waitMs) => {
    expect(readRetryAfterMs(answer({ 'retry-after': value }))).toBe(waitMs)
  })

  test("compares a date with the answer's Date header", () => {
    const date = 'Wed, 21 Oct 2015 07:28:00 GMT'
    const at = (retry: string) => readRetryAfterMs(answer({ date, 'retry-after': retry }))
    expect(at('Wed, 21 Oct 2015 07:28:30 GMT')).toBe(30_000)
    expect(at('Wed, 21 Oct 2015 07:27:00 GMT')).toBe(0)
    expect(at('Thu, 22 Oct 2015 07:28:00 GMT')).toBe(3_600_000)
    const soon = new Date(Date.now() + 60_000).toUTCString()
    expect(readRetryAfterMs(answer({ 'retry-after': soon }))).toBeGreaterThan(50_000)
  })
})

describe('readWindowMs', () => {
  test.each([
    ['5000', 5000],
    ['0', 10_000],
    ['-5', 10_000],
    ['junk', 10_000],
    ['86400000', 3_600_000]
  ])('%j is %i ms', (value, windowMs) => {
    expect(readWindowMs(answer({ 'x-hubspot-ratelimit-interval-milliseconds': value }))).toBe(windowMs)
  })

  test('is ten seconds without the header', () => {
    expect(readWindowMs(answer())).toBe(10_000)
  })
})
