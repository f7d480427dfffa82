// Which values of verification marks mean "verified", and that all others refuse, in every place.
import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { VERIFICATION_MARKS, VERIFICATION_PLACES } from '../../lib/visitor/verification-marks.js'
import { isVisitor, readVisitor, type Visitor } from '../../lib/visitor/visitor.js'
import { readUser, takeRefusal, visitorFrom } from '../../lib/visitor/visitor-from.js'

const EMAIL = 'jane@example.com'
const RULES = { requireVerified: false }
const STRICT = { requireVerified: true }
const DAY_MS = 24 * 60 * 60 * 1000
const iso = (fromNowMs: number) => new Date(Date.now() + fromNowMs).toISOString()
const sql = (fromNowMs: number) => iso(fromNowMs).slice(0, 19).replace('T', ' ')

const YES: [string, unknown][] = [
  ...['1', 'true', 't', 'yes', 'y', 'on', 'verified', 'confirmed', ' TRUE\n', 'Yes'].map((word): [string, unknown] => [
    `the word ${JSON.stringify(word)}`,
    word
  ]),
  ['true', true],
  ['1', 1],
  ['1n', 1n],
  ['a past Date', new Date(Date.now() - 1000)],
  ['a date', '2024-02-29'],
  ['an ISO time', iso(-1000)],
  ['an ISO time with an offset', '2024-05-01T10:00:00+02:00'],
  ['an ISO time without seconds', '2024-05-01T10:00Z'],
  ['an SQL time', '2024-05-01 10:00:00'],
  ['an SQL time of microseconds', '2024-05-01 10:00:00.123456'],
  ['a time of PostgreSQL', '2024-05-01 10:00:00.12+00'],
  ['a time of PostgreSQL in India', '2024-05-01 10:00:00+0530'],
  ['a time in UTC', '2024-05-01 10:00:00 UTC'],
  ['epoch seconds', 1_714_557_600],
  ['epoch seconds with a fraction', 1_714_557_600.25],
  ['epoch milliseconds', 1_714_557_600_000],
  ['epoch milliseconds as a bigint', 1_714_557_600_000n],
  ['epoch seconds as text', '1714557600'],
  ['epoch milliseconds as text', '1714557600000'],
  ['BIT(1) of 1', Buffer.from([1])],
  ['a byte of 1', new Uint8Array([1])]
]

const NO: [string, unknown][] = [
  ...['', ' ', '0', 'false', 'f', 'no', 'n', 'off', 'null', 'undefined', 'pending', 'unverified', 'not verified'].map(
    (word): [string, unknown] => [`the word ${JSON.stringify(word)}`, word]
  ),
  ...[false, null, 0, -1, 2, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 0n, -1n].map((value): [string, unknown] => [
    String(value),
    value
  ]),
  ['an Invalid Date', new Date('x')],
  ['a future Date', new Date(Date.now() + DAY_MS)],
  ['what new Date(null) gives', new Date(0)],
  ['a zero date of SQL', '0000-00-00 00:00:00'],
  ['a zero date', '0000-00-00'],
  ['year 1', '0001-01-01T00:00:00Z'],
  ['1900 in SQL Server', '1900-01-01 00:00:00'],
  ['1970', '1970-01-01T00:00:00.000Z'],
  ['no real day', '2024-02-30'],
  ['no real month', '2024-13-01'],
  ['no real hour', '2024-05-01 25:00:00'],
  ['a future ISO time', iso(60_000)],
  ['a future SQL time', sql(2 * DAY_MS)],
  ['a date with text after it', '2024-05-01 or so'],
  ['future epoch seconds', Math.ceil(Date.now() / 1000) + 60],
  ['future epoch milliseconds', Date.now() + 60_000],
  ['future epoch seconds as text', String(Math.ceil(Date.now() / 1000) + 60)],
  ['a number that is no time', 123_456],
  ['a number between seconds and milliseconds', 100_000_000_000],
  ['digits that are no time', '0001714557600'.slice(0, 8)],
  ['BIT(1) of 0', Buffer.from([0])],
  ['no byte', new Uint8Array()],
  ['two bytes', new Uint8Array([1, 1])],
  ['a byte of 49, the digit 1', Buffer.from('1')],
  ['an object', {}],
  ['an array', []],
  ['an array of true', [true]],
  ['an object of false', Object(false)],
  ['an object of true', Object(true)],
  ['a time stamp of Firestore', { seconds: 1_714_557_600, nanoseconds: 0 }],
  ['a function', () => true],
  ['a symbol', Symbol('true')]
]

/** Every place of a mark, by its path. */
const PLACES: [string, (mark: object) => object][] = [
  ['', (mark) => mark],
  ...VERIFICATION_PLACES.flatMap((outer): [string, (mark: object) => object][] => [
    [`${outer}.`, (mark) => ({ [outer]: mark })],
    ...VERIFICATION_PLACES.map((inner): [string, (mark: object) => object] => [
      `${outer}.${inner}.`,
      (mark) => ({ [outer]: { [inner]: mark } })
    ])
  ]),
  ['emails[].', (mark) => ({ emails: [{ value: EMAIL, ...mark }] })],
  ['emailAddresses[].', (mark) => ({ emailAddresses: [{ emailAddress: EMAIL, ...mark }] })],
  ['profile.emails[].', (mark) => ({ profile: { emails: [{ value: EMAIL.toUpperCase(), ...mark }] } })]
]

/** In every way: by default, by the exported function, and by the app's own `visitor`. */
function judgements(record: object, rules = RULES): unknown[] {
  const from = visitorFrom(record)
  return [readUser(record, rules), from ? readVisitor(from, rules) : takeRefusal(), readVisitor(record, rules)]
}

describe.each(PLACES)('at %j', (path, put) => {
  test.each(VERIFICATION_MARKS)('%s', (name) => {
    const refused = { reason: 'unverified', detail: path + name }
    const taken = NO.filter(
      ([, no]) =>
        !judgements({ email: EMAIL, ...put({ [name]: no }) }).every((found) => isDeepStrictEqual(found, refused))
    )
    expect(taken).toEqual([])
    const lost = YES.filter(
      ([, yes]) =>
        !judgements({ email: EMAIL, ...put({ [name]: yes }) }, STRICT).every((found) =>
          isDeepStrictEqual(found, { email: EMAIL })
        )
    )
    expect(lost).toEqual([])
  })
})

test('exactly the names and places of the table are read', () => {
  const others = ['email', 'emails', 'emailAddresses', 'firstName', 'lastName', 'customerAgentContext']
  const read: PropertyKey[] = []
  const record = new Proxy({ email: EMAIL } as Record<PropertyKey, unknown>, {
    get(target, name) {
      read.push(name)
      return target[name]
    }
  })
  readVisitor(record, RULES)
  expect(read.sort()).toEqual([...VERIFICATION_MARKS, ...VERIFICATION_PLACES, ...others].sort())
})

describe('the status of an address', () => {
  const put = (verification: unknown) => [
    { emailAddresses: [{ id: 'e1', emailAddress: EMAIL, verification }] },
    { emails: [{ value: EMAIL, verification }] }
  ]

  test.each<[string, unknown]>([
    ...['unverified', 'expired', 'failed', 'transferable', 'VERIFIED', 'true', '', null, true, 1].map(
      (status): [string, unknown] => [`the status ${JSON.stringify(status)}`, { status }]
    ),
    ['no status', {}],
    ['null', null],
    ['a word', 'verified'],
    ['true', true]
  ])('refuses with %s', (_name, verification) => {
    for (const record of put(verification)) {
      const detail = `${Object.keys(record)[0]}[].verification.status`
      expect(readUser(record, RULES)).toEqual({ reason: 'unverified', detail })
      expect(readUser({ ...record, email: EMAIL }, RULES)).toEqual({ reason: 'unverified', detail })
      expect(readVisitor({ ...record, email: EMAIL }, RULES)).toEqual({ reason: 'unverified', detail })
    }
  })

  test('passes with the value verified, also with requireVerified', () => {
    for (const record of put({ status: 'verified' })) expect(readUser(record, STRICT)).toEqual({ email: EMAIL })
  })
})

test('records with circular references, and with promises as relations, can be read', () => {
  const circle: Record<string, unknown> = { email: EMAIL }
  Object.assign(circle, { profile: circle, _json: circle, dataValues: circle })
  expect(readUser(circle, RULES)).toEqual({ email: EMAIL })
  expect(readUser({ email: EMAIL, profile: Promise.reject(new Error('the database is gone')) }, RULES)).toEqual({
    email: EMAIL
  })
})

test('undefined means that the mark is not there', () => {
  for (const name of VERIFICATION_MARKS) {
    for (const found of judgements({ email: EMAIL, [name]: undefined })) expect(found).toEqual({ email: EMAIL })
    for (const found of judgements({ email: EMAIL, [name]: undefined }, STRICT)) {
      expect(found).toEqual({ reason: 'unverified' })
    }
  }
})

test('one mark that refuses is enough, whatever the others say', () => {
  const yes = Object.fromEntries(VERIFICATION_MARKS.map((name) => [name, true]))
  for (const name of VERIFICATION_MARKS) {
    for (const [path, put] of PLACES.slice(1)) {
      expect(readUser({ email: EMAIL, ...yes, ...put({ ...yes, [name]: 0 }) }, RULES)).toEqual({
        reason: 'unverified',
        detail: path + name
      })
    }
  }
})

test('with requireVerified a visitor made by visitorFrom passes only if its user was marked as verified', () => {
  const made = (user: object) => visitorFrom(user) as Visitor
  expect(isVisitor(readVisitor(made({ email: EMAIL, _json: { email_verified: true } }), STRICT))).toBe(true)
  expect(readVisitor(made({ email: EMAIL }), STRICT)).toEqual({ reason: 'unverified' })
  expect(readVisitor({ email: EMAIL }, STRICT)).toEqual({ reason: 'unverified' })
  expect(isVisitor(readVisitor({ email: EMAIL, emailVerified: true }, STRICT))).toBe(true)
})
