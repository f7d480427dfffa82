// Who the app's user is to HubSpot, and who is nobody.
import { describe, expect, test } from '@jest/globals'
import { isSameVisitor, parseVisitor, visitorFromUser } from '../../lib/visitor/visitor.js'

const from = (user: unknown) => parseVisitor(visitorFromUser({ user }))
const EMAIL = 'jane@example.com'

describe('visitorFromUser', () => {
  test.each([
    ['email', { email: EMAIL }],
    ['email with spaces around', { email: ` ${EMAIL} ` }],
    ['the first of emails', { emails: [{ value: EMAIL }, { value: 'other@example.com' }] }],
    ['the first of emails that is filled', { email: ' ', emails: [null, { value: '' }, { value: EMAIL }] }],
    ['a verified Passport address', { emails: [{ value: EMAIL, verified: true }] }]
  ])('takes %s', (_name, user) => {
    expect(from(user)).toEqual({ email: EMAIL })
  })

  test.each([
    ['firstName, lastName', { firstName: 'Jane', lastName: 'Doe' }],
    ['given_name, family_name', { given_name: 'Jane', family_name: 'Doe' }],
    ['name.givenName, name.familyName', { name: { givenName: 'Jane', familyName: 'Doe' } }]
  ])('takes names from %s', (_name, names) => {
    expect(from({ email: EMAIL, ...names })).toEqual({ email: EMAIL, firstName: 'Jane', lastName: 'Doe' })
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
  ])('takes %j for nobody', (user) => {
    expect(from(user)).toBeNull()
  })

  test.each([
    'emailVerified',
    'email_verified',
    'isEmailVerified',
    'emailVerifiedAt',
    'email_verified_at',
    'email_confirmed_at'
  ])('a %s that does not say yes refuses; one that does, and none, do not', (mark) => {
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

  test('the mark of an address counts, whichever of its two spellings has spaces around', () => {
    expect(from({ email: ` ${EMAIL}`, emails: [{ value: EMAIL, verified: false }] })).toBeNull()
    expect(from({ email: EMAIL, emails: [{ value: `${EMAIL}\n`, verified: false }] })).toBeNull()
  })

  test.each([
    ['Jane@Example.com', 'jane@example.com'],
    ['jane@example.com', 'JANE@EXAMPLE.COM'],
    [' Jane@example.com', 'jane@Example.com\n']
  ])('the mark of an address counts in whatever case: %j and %j', (email, value) => {
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

  test('the address whose mark was looked at is the one that is taken, also of a record that changes', () => {
    const changing = (key: string, rest = {}) => {
      let reads = 0
      return Object.defineProperty(rest, key, { get: () => (reads++ ? 'other@example.com' : EMAIL) })
    }
    expect(from(changing('email'))).toEqual({ email: EMAIL })
    expect(from({ emails: [changing('value')] })).toEqual({ email: EMAIL })
    expect(from({ emails: [changing('value', { verified: false })] })).toBeNull()
  })
})

describe('parseVisitor', () => {
  test.each(["o'brien+x&co@example.com", 'a@b', `${'a'.repeat(242)}@example.com`])('takes %.40s', (email) => {
    expect(parseVisitor({ email })).toEqual({ email })
  })

  test.each([
    'jane',
    '@example.com',
    'a b@example.com',
    'jane@',
    `${'a'.repeat(243)}@example.com`,
    'j<x>@example.com',
    'jané@example.com'
  ])('refuses %.40s without quoting it', (email) => {
    expect(parseVisitor({ email })).toEqual({ invalid: 'its email is missing or malformed' })
  })

  test('cleans names: no control characters, 100 characters, no half of one', () => {
    expect(parseVisitor({ email: EMAIL, firstName: ' Ja\0ne\n ', lastName: '' })).toEqual({
      email: EMAIL,
      firstName: 'Jane'
    })
    expect(parseVisitor({ email: EMAIL, firstName: 'x'.repeat(200) })).toMatchObject({ firstName: 'x'.repeat(100) })
    expect(parseVisitor({ email: EMAIL, firstName: `${'x'.repeat(99)}😀` })).toMatchObject({
      firstName: 'x'.repeat(99)
    })
  })

  test('keeps a context of texts, refuses any other', () => {
    const customerAgentContext = { plan: 'gold' }
    expect(parseVisitor({ email: EMAIL, customerAgentContext })).toEqual({ email: EMAIL, customerAgentContext })
    expect(parseVisitor({ email: EMAIL, customerAgentContext: null })).toEqual({ email: EMAIL })
    expect(parseVisitor({ email: EMAIL, customerAgentContext: { a: 1 } })).toHaveProperty('invalid')
  })

  test.each<[string, unknown]>([
    ['a function', Object.assign(() => undefined, { email: EMAIL })],
    ['an array', Object.assign([], { email: EMAIL })],
    ['an address alone', EMAIL],
    ['a number', 5],
    ['a yes', true]
  ])('refuses %s', (_name, value) => {
    expect(parseVisitor(value)).toEqual({ invalid: 'not an object' })
  })

  test.each<[string, object]>([
    ['needs no cleaning', { email: EMAIL, firstName: 'Jane', lastName: 'Doe' }],
    ['needs cleaning', { email: ` ${EMAIL}`, firstName: ' Jane', lastName: 'Doe' }],
    ['has a context', { email: EMAIL, firstName: 'Jane', lastName: 'Doe', customerAgentContext: { plan: 'gold' } }]
  ])('reads each property once, and takes what it has checked, of a record that %s', (_name, record) => {
    const reads: Record<string, number> = {}
    const changing = new Proxy(record, {
      get(target, key) {
        const count = (reads[String(key)] ?? 0) + 1
        reads[String(key)] = count
        return count === 1 ? Reflect.get(target, key) : 'bad"><script>'
      }
    })
    expect(parseVisitor(changing)).toEqual({ ...record, email: EMAIL, firstName: 'Jane' })
    expect(new Set(Object.values(reads))).toEqual(new Set([1]))
  })

  test('never sends an address that it has not checked', () => {
    for (const first of [0, 1]) {
      let n = first
      const given = {
        get email() {
          return n++ % 2 ? 'bad"><script>' : EMAIL
        }
      }
      expect(parseVisitor(given)).toEqual(first ? { invalid: 'its email is missing or malformed' } : { email: EMAIL })
    }
  })

  test('believes a record that marks itself as unverified', () => {
    expect(parseVisitor({ email: EMAIL, emailVerified: false })).toBeNull()
  })
})

describe('isSameVisitor', () => {
  const visitor = { email: EMAIL, customerAgentContext: { a: '1' } }
  test('is the same address and verification, whatever the context says', () => {
    expect(isSameVisitor({ ...visitor, email: ` ${EMAIL}` }, visitor)).toBe(true)
    expect(isSameVisitor({ email: EMAIL, customerAgentContext: { a: '2' } }, visitor)).toBe(true)
    for (const other of [
      null,
      5,
      {},
      { ...visitor, email: 'Jane@example.com' },
      { ...visitor, emailVerified: false }
    ]) {
      expect(isSameVisitor(other, visitor)).toBe(false)
    }
  })
})
