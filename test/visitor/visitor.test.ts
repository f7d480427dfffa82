// Parsing the result of the app's `visitor`: a visitor, no user, or an invalid value.
import { describe, expect, test } from '@jest/globals'
import { readVisitor } from '../../lib/visitor/visitor.js'

const RULES = { requireVerified: false }
const read = (value: unknown, rules = RULES) => readVisitor(value, rules)
const MALFORMED = { reason: 'invalid-visitor', detail: 'its email is missing or malformed' }
const EMAIL = 'jane@example.com'

describe('readVisitor', () => {
  test.each(["o'brien+x&co@example.com", 'a@b', `${'a'.repeat(242)}@example.com`])('takes %.40s', (email) => {
    expect(read({ email })).toEqual({ email })
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
    expect(read({ email })).toEqual(MALFORMED)
  })

  test('cleans names: no control characters, at most 100 characters, no half surrogate pair', () => {
    expect(read({ email: EMAIL, firstName: ' Ja\0ne\n ', lastName: '' })).toEqual({
      email: EMAIL,
      firstName: 'Jane'
    })
    expect(read({ email: EMAIL, firstName: 'x'.repeat(200) })).toMatchObject({ firstName: 'x'.repeat(100) })
    expect(read({ email: EMAIL, firstName: `${'x'.repeat(99)}😀` })).toMatchObject({
      firstName: 'x'.repeat(99)
    })
  })

  test('keeps a context of strings, refuses any other', () => {
    const customerAgentContext = { plan: 'gold' }
    expect(read({ email: EMAIL, customerAgentContext })).toEqual({ email: EMAIL, customerAgentContext })
    expect(read({ email: EMAIL, customerAgentContext: null })).toEqual({ email: EMAIL })
    expect(read({ email: EMAIL, customerAgentContext: { a: 1 } })).toHaveProperty('reason', 'invalid-visitor')
  })

  test.each<[string, unknown]>([
    ['a function', Object.assign(() => undefined, { email: EMAIL })],
    ['an array', Object.assign([], { email: EMAIL })],
    ['an address alone', EMAIL],
    ['a number', 5],
    ['a yes', true]
  ])('refuses %s', (_name, value) => {
    expect(read(value)).toEqual({ reason: 'invalid-visitor', detail: 'not an object' })
  })

  test.each<[string, object]>([
    ['needs no cleaning', { email: EMAIL, firstName: 'Jane', lastName: 'Doe' }],
    ['needs cleaning', { email: ` ${EMAIL}`, firstName: ' Jane', lastName: 'Doe' }],
    ['has a context', { email: EMAIL, firstName: 'Jane', lastName: 'Doe', customerAgentContext: { plan: 'gold' } }]
  ])('reads each property once, and uses what it has checked, of a record that %s', (_name, record) => {
    const reads: Record<string, number> = {}
    const changing = new Proxy(record, {
      get(target, key) {
        const count = (reads[String(key)] ?? 0) + 1
        reads[String(key)] = count
        return count === 1 ? Reflect.get(target, key) : 'bad"><script>'
      }
    })
    expect(read(changing)).toEqual({ ...record, email: EMAIL, firstName: 'Jane' })
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
      expect(read(given)).toEqual(first ? MALFORMED : { email: EMAIL })
    }
  })

  test('refuses a record that marks itself as unverified', () => {
    expect(read({ email: EMAIL, emailVerified: false })).toEqual({ reason: 'unverified', detail: 'emailVerified' })
  })
})
