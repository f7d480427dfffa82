// The fault for every status that HubSpot documents: code, hint and kind.
import { describe, expect, test } from '@jest/globals'
import { badResponse, faultFromStatus, networkFault } from '../../lib/mint/hubspot-faults.js'

const ID = '3fa85f64-5717-4562-b3fc-2c963f66afa6'

function refusal(status: number, body: unknown = '', headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return faultFromStatus(new Response(text, { status, headers }), text)
}

describe('faultFromStatus', () => {
  test.each([
    [301, 'ERR_BAD_RESPONSE', 'service', false, false, 'baseUrl'],
    [302, 'ERR_BAD_RESPONSE', 'service', false, false, 'baseUrl'],
    [400, 'ERR_REJECTED', 'visitor', false, false, 'correlation id'],
    [401, 'ERR_UNAUTHORIZED', 'credential', false, false, 'wrong, expired or revoked'],
    [403, 'ERR_FORBIDDEN', 'credential', false, false, 'plan'],
    [404, 'ERR_REJECTED', 'service', false, false, 'apiVersion'],
    [405, 'ERR_REJECTED', 'visitor', false, false, 'proxies'],
    [414, 'ERR_REJECTED', 'visitor', false, false, ''],
    [418, 'ERR_REJECTED', 'visitor', false, false, ''],
    [422, 'ERR_REJECTED', 'visitor', false, false, 'address'],
    [423, 'ERR_REJECTED', 'service', true, true, 'locked'],
    [429, 'ERR_RATE_LIMITED', 'limit', true, true, 'rateLimiter'],
    [477, 'ERR_REJECTED', 'limit', false, true, 'data centre'],
    [500, 'ERR_UNAVAILABLE', 'service', true, true, 'status.hubspot.com'],
    [501, 'ERR_UNAVAILABLE', 'service', false, false, ''],
    [502, 'ERR_UNAVAILABLE', 'service', true, true, ''],
    [503, 'ERR_UNAVAILABLE', 'service', true, true, ''],
    [504, 'ERR_UNAVAILABLE', 'service', true, true, ''],
    [521, 'ERR_UNAVAILABLE', 'service', true, true, ''],
    [522, 'ERR_UNAVAILABLE', 'service', true, true, ''],
    [523, 'ERR_UNAVAILABLE', 'service', true, true, ''],
    [524, 'ERR_UNAVAILABLE', 'service', true, true, ''],
    [525, 'ERR_UNAVAILABLE', 'service', false, false, 'cannot serve this call'],
    [526, 'ERR_UNAVAILABLE', 'service', false, false, '']
  ] as const)('%i is %s', (status, code, kind, passing, retryable, hint) => {
    const { fault, ...rest } = refusal(status)
    expect(rest).toMatchObject({ ok: false, kind, passing })
    expect(fault).toMatchObject({ code, upstreamStatus: status, hint: expect.stringContaining(hint) })
    expect(fault.retryable ?? false).toBe(retryable)
    expect(fault.message).toContain(String(status))
    expect(fault.hint).not.toMatch(/\. [A-Z]/)
  })

  test('has different hints for a wrong access token, a missing scope, a low plan and an unknown version', () => {
    const key = refusal(401, { category: 'INVALID_AUTHENTICATION' }).fault.hint
    const scope = refusal(403, { category: 'MISSING_SCOPES' }).fault.hint
    const person = refusal(403, { category: 'USER_DOES_NOT_HAVE_PERMISSIONS' }).fault.hint
    const plan = refusal(403, '<html>Forbidden</html>').fault.hint
    const version = refusal(404, { category: 'OBJECT_NOT_FOUND' }).fault.hint
    expect(new Set([key, scope, person, plan, version]).size).toBe(5)
    expect(scope).toContain('conversations.visitor_identification.tokens.create')
    expect(scope).not.toContain('plan')
    expect(plan).toContain('Professional or Enterprise')
  })

  test('keeps status, category and correlation id', () => {
    expect(refusal(403, { category: 'MISSING_SCOPES', correlationId: ID, message: 'for jane@example.com' })).toEqual(
      expect.objectContaining({
        fault: expect.objectContaining({ upstreamStatus: 403, upstreamCategory: 'MISSING_SCOPES', correlationId: ID })
      })
    )
  })

  test('distinguishes a 400 that names the context from another 400', () => {
    expect(refusal(400, { errors: [{ in: 'hsCustomerAgentContext' }] }).kind).toBe('context')
    expect(refusal(400, { errors: [{ in: 'email' }] }).kind).toBe('visitor')
  })

  test.each([
    ['a window without a word', {}, {}, true, 10_000],
    ['the window of its headers', {}, { 'x-hubspot-ratelimit-interval-milliseconds': '3000' }, true, 3000],
    ['Retry-After before the window', {}, { 'retry-after': '2' }, true, 2000],
    ['no wait at all as a second', {}, { 'retry-after': '0' }, true, 1000],
    ['a day as an hour', {}, { 'retry-after': '86400' }, true, 3_600_000],
    ['junk as a window', {}, { 'retry-after': 'soon' }, true, 10_000],
    ['DAILY as an hour', { policyName: 'DAILY' }, { 'retry-after': '5' }, false, 3_600_000],
    ['TEN_SECONDLY_ROLLING', { policyName: 'TEN_SECONDLY_ROLLING' }, {}, true, 10_000]
  ] as const)('reads a 429 with %s', (_name, body, headers, passing, waitMs) => {
    expect(refusal(429, body, headers)).toMatchObject({ kind: 'limit', passing, waitMs })
  })

  test('distinguishes the daily limit from a short one', () => {
    expect(refusal(429, { policyName: 'DAILY' }).fault).toMatchObject({
      hint: expect.stringContaining('of the day'),
      upstreamCategory: 'DAILY'
    })
    expect(refusal(429, { category: 'RATE_LIMITS' }).fault).toMatchObject({
      hint: expect.stringContaining('at once'),
      upstreamCategory: 'RATE_LIMITS'
    })
  })

  test.each([
    [{}, 600_000],
    [{ 'retry-after': '120' }, 120_000],
    [{ 'retry-after': '86400' }, 3_600_000],
    [{ 'retry-after': '0' }, 600_000],
    [{ 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 600_000],
    [{ 'retry-after': '0.2' }, 1000]
  ])('waits as long as told while the account is moved: %j', (headers, waitMs) => {
    expect(refusal(477, '', headers).waitMs).toBe(waitMs)
  })

  test('waits two seconds for a lock, or longer when told', () => {
    expect(refusal(423).waitMs).toBe(2000)
    expect(refusal(423, '', { 'retry-after': '1' }).waitMs).toBe(2000)
    expect(refusal(423, '', { 'retry-after': '4' }).waitMs).toBe(4000)
  })
})

describe('without a status', () => {
  test('the fault of an unusable 2xx says what is wrong with it', () => {
    expect(badResponse(200, 'is not JSON').fault).toMatchObject({
      code: 'ERR_BAD_RESPONSE',
      message: expect.stringContaining("HubSpot's answer is not JSON."),
      hint: expect.stringContaining('baseUrl')
    })
  })

  test('a time-out has another hint than a failed connection', () => {
    const cause = { name: 'Error' }
    expect(networkFault(cause, true).fault.hint).toContain('timeoutMs')
    expect(networkFault(cause, false).fault.hint).toContain('DNS')
  })
})
