// When a token may be used, when it is renewed, and which stored entries are valid.
import { describe, expect, test } from '@jest/globals'
import { isToken } from '../../lib/mint/token.js'
import { fresher, isNearEnd, isUsable, lifetimeOf, parseKept } from '../../lib/tokens/identification.js'

const HOUR_MS = 60 * 60 * 1000
const DAY = { tokenLifetimeMs: 12 * HOUR_MS, renewBeforeMs: HOUR_MS }
const entry = (expiresAt: number, token = 't') => ({ email: 'jane@example.com', token, expiresAt })
const jwt = (claims: unknown) => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`

describe('isToken', () => {
  test.each(['t', 'a.b.c', 'A-Z_0~9+/=', 'x'.repeat(4096)])('accepts %.20s', (token) => {
    expect(isToken(token)).toBe(true)
  })

  test.each([
    '',
    ' ',
    'a b',
    'a\n',
    '"',
    "'",
    '`',
    '<',
    '>',
    '&',
    '#',
    '\\',
    'é',
    '\0',
    'x'.repeat(4097),
    5,
    null,
    ['t']
  ])('refuses %j', (token) => {
    expect(isToken(token)).toBe(false)
  })
})

describe('lifetimeOf', () => {
  test.each([
    ['opaque', 'opaque', 12],
    ['a shorter JWT', jwt({ iat: 10, exp: 10 + 3600 }), 1],
    ['a longer JWT', jwt({ iat: 0, exp: 90_000 }), 12],
    ['a JWT of less than a second', jwt({ iat: 0, exp: 0.5 }), 12],
    ['exp before iat', jwt({ iat: 10, exp: 5 }), 12],
    ['texts', jwt({ iat: '0', exp: '3600' }), 12],
    ['no claims', jwt(null), 12],
    ['negative times', jwt({ iat: -7200, exp: -3600 }), 12],
    ['a payload that is no JSON', 'a.!!!.c', 12],
    ['an empty payload', 'a..c', 12]
  ])('%s', (_name, token, hours) => {
    expect(lifetimeOf(token, 12 * HOUR_MS)).toBe(hours * HOUR_MS)
  })
})

describe('isUsable and isNearEnd', () => {
  test('a token is usable until its end, and near its end in the last hour', () => {
    const token = entry(12 * HOUR_MS)
    expect([isUsable(token, 12 * HOUR_MS - 1), isUsable(token, 12 * HOUR_MS)]).toEqual([true, false])
    expect([isNearEnd(token, DAY, 11 * HOUR_MS - 1), isNearEnd(token, DAY, 11 * HOUR_MS)]).toEqual([false, true])
  })

  test('a token is not near its end before the last quarter of its lifetime', () => {
    const short = entry(HOUR_MS, jwt({ iat: 0, exp: 3600 }))
    expect([isNearEnd(short, DAY, 0.7 * HOUR_MS), isNearEnd(short, DAY, 0.76 * HOUR_MS)]).toEqual([false, true])
    const eager = { ...DAY, renewBeforeMs: 100 * HOUR_MS }
    expect([
      isNearEnd(entry(12 * HOUR_MS), eager, 8.9 * HOUR_MS),
      isNearEnd(entry(12 * HOUR_MS), eager, 9 * HOUR_MS)
    ]).toEqual([false, true])
  })
})

test('fresher gives the one that expires later', () => {
  const [early, late] = [entry(1), entry(2)]
  expect(fresher(early, late)).toBe(late)
  expect(fresher(late, early)).toBe(late)
  expect(fresher(undefined, early)).toBe(early)
  expect(fresher(early, undefined)).toBe(early)
  expect(fresher(undefined, undefined)).toBeUndefined()
})

describe('parseKept', () => {
  const expected = { email: 'jane@example.com', account: 'a', nowMs: 1000, tokenLifetimeMs: 12 * HOUR_MS }
  const kept = { ...entry(2000), account: 'a' }

  test('gives address, token and expiry of an entry that matches', () => {
    expect(parseKept({ ...kept, more: 1 }, expected)).toEqual(entry(2000))
  })

  test.each([
    [undefined],
    [null],
    [5],
    ['text'],
    [[]],
    [{ ...kept, email: 'JANE@example.com' }],
    [{ ...kept, account: 'b' }],
    [{ ...kept, expiresAt: 1000 }],
    [{ ...kept, expiresAt: '2000' }],
    [{ ...kept, expiresAt: Number.NaN }],
    [{ ...kept, expiresAt: 1000 + 12 * HOUR_MS + 5 * 60_000 + 1 }],
    [{ ...kept, token: '<' }]
  ])('gives undefined for %j', (value) => {
    expect(parseKept(value, expected)).toBeUndefined()
  })

  test('skips the check only for the token that is known', () => {
    const known = { ...expected, knownToken: kept.token }
    expect(parseKept(kept, known)).toEqual(entry(2000))
    for (const token of ['<', `${kept.token}<`, '', undefined, null]) {
      expect(parseKept({ ...kept, token }, known)).toBeUndefined()
      expect(parseKept({ ...kept, token }, { ...expected, knownToken: undefined })).toBeUndefined()
    }
    expect(parseKept({ ...kept, email: 'joe@example.com' }, known)).toBeUndefined()
  })

  test("allows that another server's clock is five minutes ahead", () => {
    expect(parseKept({ ...kept, expiresAt: 1000 + 12 * HOUR_MS + 5 * 60_000 }, expected)).toBeDefined()
  })
})
