// Where address and names are found on user records.
import { describe, expect, test } from '@jest/globals'
import { visitorFrom as from, readUser, takeRefusal } from '../../lib/visitor/visitor-from.js'

const EMAIL = 'jane@example.com'

describe('visitorFrom', () => {
  test.each([
    ['email', { email: EMAIL }],
    ['email with spaces around', { email: ` ${EMAIL} ` }],
    ['the first of emails', { emails: [{ value: EMAIL }, { value: 'other@example.com' }] }],
    ['the first of emails that is filled', { email: ' ', emails: [null, { value: '' }, { value: EMAIL }] }],
    ['an address that is plain text', { emails: ['', 5, EMAIL, 'other@example.com'] }],
    [
      'the first of emails before those of emailAddresses',
      {
        emails: [EMAIL],
        emailAddresses: [{ emailAddress: 'other@example.com' }]
      }
    ],
    ['a verified Passport address', { emails: [{ value: EMAIL, verified: true }] }]
  ])('takes %s', (_name, user) => {
    expect(from(user)).toEqual({ email: EMAIL })
  })

  test.each([
    ['firstName, lastName', { firstName: 'Jane', lastName: 'Doe' }],
    ['given_name, family_name', { given_name: 'Jane', family_name: 'Doe' }],
    ['first_name, last_name', { first_name: 'Jane', last_name: 'Doe' }],
    ['givenName, familyName', { givenName: 'Jane', familyName: 'Doe' }],
    ['user_metadata', { name: 'J D', user_metadata: { first_name: 'Jane', family_name: 'Doe' } }],
    ['the first pair that is filled', { firstName: ' ', lastName: null, given_name: 'Jane', family_name: 'Doe' }],
    ['name.givenName, name.familyName', { name: { givenName: 'Jane', familyName: 'Doe' } }]
  ])('takes names from %s', (_name, names) => {
    expect(from({ email: EMAIL, ...names })).toEqual({ email: EMAIL, firstName: 'Jane', lastName: 'Doe' })
  })

  test('does not split a name in one string', () => {
    expect(
      from({ email: EMAIL, name: 'Jane Doe', displayName: 'Jane Doe', user_metadata: { full_name: 'J D' } })
    ).toEqual({ email: EMAIL })
  })

  test.each([
    undefined,
    null,
    'jane@example.com',
    5,
    {},
    { email: '' },
    { email: 5 },
    { emails: 'x' },
    { emails: [5] }
  ])('gives null for %j', (user) => {
    expect(from(user)).toBeNull()
  })

  test.each([
    'emailVerified',
    'email_verified',
    'isEmailVerified',
    'emailVerifiedAt',
    'email_verified_at',
    'email_confirmed_at'
  ])('refuses a user whose %s does not say yes; not one whose mark does, nor one without a mark', (mark) => {
    for (const no of [false, null, 0, '', '0', 'false', 'FALSE', ' no '])
      expect(from({ email: EMAIL, [mark]: no })).toBeNull()
    for (const yes of [true, 1, 'true', '2026-01-01', new Date(), undefined]) {
      expect(from({ email: EMAIL, [mark]: yes })).toEqual({ email: EMAIL })
    }
  })

  test('the mark of the Passport address that is used counts', () => {
    const emails = [
      { value: EMAIL, verified: false },
      { value: 'b@example.com', verified: true }
    ]
    expect(from({ emails })).toBeNull()
    expect(from({ email: EMAIL, emails })).toBeNull()
    expect(from({ email: 'b@example.com', emails })).toEqual({ email: 'b@example.com' })
  })

  test('the mark of an address counts, also if one of the two spellings has spaces around it', () => {
    expect(from({ email: ` ${EMAIL}`, emails: [{ value: EMAIL, verified: false }] })).toBeNull()
    expect(from({ email: EMAIL, emails: [{ value: `${EMAIL}\n`, verified: false }] })).toBeNull()
  })

  test.each([
    ['Jane@Example.com', 'jane@example.com'],
    ['jane@example.com', 'JANE@EXAMPLE.COM'],
    [' Jane@example.com', 'jane@Example.com\n']
  ])('the mark of an address counts, also if upper and lower case differ: %j and %j', (email, value) => {
    expect(from({ email, emails: [{ value, verified: false }] })).toBeNull()
    expect(from({ email, emails: [{ value, verified: true }] })).toEqual({ email: email.trim() })
  })

  test.each([
    ['first', [false, true]],
    ['last', [true, undefined, null]]
  ])('one "no" among several marks of the address is enough, also as the %s', (_name, marks) => {
    const emails = marks.map((verified) => ({ value: EMAIL, verified }))
    expect(from({ emails })).toBeNull()
    expect(from({ email: EMAIL, emails })).toBeNull()
  })

  test('the address whose mark was checked is the one that is used, also if the record changes', () => {
    const changing = (key: string, rest = {}) => {
      let reads = 0
      return Object.defineProperty(rest, key, { get: () => (reads++ ? 'other@example.com' : EMAIL) })
    }
    expect(from(changing('email'))).toEqual({ email: EMAIL })
    expect(from({ emails: [changing('value')] })).toEqual({ email: EMAIL })
    expect(from({ emails: [changing('value', { verified: false })] })).toBeNull()
  })
})

describe('the reason', () => {
  const RULES = { requireVerified: false }

  test.each<[string, unknown, object]>([
    ['no user', undefined, { reason: 'no-user' }],
    ['a bare id', 'jane@example.com', { reason: 'no-user' }],
    ['no address', { username: EMAIL }, { reason: 'no-email' }],
    ['an address that is a number', { email: 5 }, { reason: 'no-email' }],
    [
      'a mark',
      { email: EMAIL, _json: { email_verified: false } },
      { reason: 'unverified', detail: '_json.email_verified' }
    ],
    [
      'a malformed address',
      { email: 'jane' },
      { reason: 'invalid-visitor', detail: 'its email is missing or malformed' }
    ]
  ])('of %s is given by readUser, and once by takeRefusal', (_name, user, reason) => {
    expect(readUser(user, RULES)).toEqual(reason)
    expect(from(user)).toBeNull()
    expect(takeRefusal()).toEqual(reason)
    expect(takeRefusal()).toBeUndefined()
  })

  test('is cleared by a user who is a visitor', () => {
    from(null)
    from({ email: EMAIL })
    expect(takeRefusal()).toBeUndefined()
  })

  test('of a missing mark differs from that of a mark that refuses', () => {
    expect(readUser({ email: EMAIL }, { requireVerified: true })).toEqual({ reason: 'unverified' })
  })
})

test('leaves out missing fields', () => {
  expect(Object.keys(from({ email: EMAIL, firstName: '', lastName: '\n' }) ?? {})).toEqual(['email'])
})

test('an error of a getter is thrown to the caller', () => {
  const user = {
    get email() {
      throw new RangeError('no database')
    }
  }
  expect(() => from(user)).toThrow(RangeError)
})
