// Any `req.user`: no crash, and no visitor when a verification mark refuses the address.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { VERIFICATION_MARKS, VERIFICATION_PLACES } from '../../lib/visitor/verification-marks.js'
import { isVisitor, readVisitor } from '../../lib/visitor/visitor.js'
import { readUser, visitorFrom } from '../../lib/visitor/visitor-from.js'

const RULES = { requireVerified: false }

const email = fc.oneof(
  fc.emailAddress(),
  fc.string(),
  fc.constantFrom(' jane@example.com ', "o'brien+x&co@example.com", 'a@b')
)
const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true
})
const no = fc.constantFrom<unknown>(
  ...[false, null, 0, -1, '', '0', 'false', 'off', 'pending', 'unverified', '0000-00-00 00:00:00'],
  ...[{}, [], Object(false), new Date(Number.NaN), new Date('2999-01-01'), Buffer.from([0])]
)
const profileEmail = fc.record(
  { value: fc.oneof(email, anything), verified: fc.oneof(no, fc.constant(true)) },
  { requiredKeys: [] }
)
const user = fc.oneof(
  anything,
  fc.record(
    {
      email: fc.oneof(email, anything),
      emails: fc.oneof(fc.array(fc.oneof(profileEmail, anything)), anything),
      name: fc.oneof(fc.record({ givenName: anything, familyName: anything }), anything),
      firstName: fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), anything),
      lastName: fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), anything),
      given_name: anything,
      family_name: anything
    },
    { requiredKeys: [] }
  )
)

test('any user gives a visitor with a well-formed address and clean names, an invalid visitor, or none', () => {
  fc.assert(
    fc.property(user, (someone) => {
      const visitor = readUser(someone, RULES)
      if (!isVisitor(visitor)) {
        expect(visitorFrom(someone)).toBeNull()
        if (visitor.reason === 'invalid-visitor')
          expect(visitor.detail).toMatch(/^(not an object|its \w+ is missing or malformed)$/)
        return
      }
      expect(visitor.email).toMatch(/^\S+@\S+$/)
      expect(visitor.email.length).toBeLessThanOrEqual(254)
      for (const name of [visitor.firstName, visitor.lastName]) {
        if (name === undefined) continue
        expect(name).toMatch(/^\P{Cc}{1,100}$/u)
        expect(name.isWellFormed()).toBe(true)
        expect(name).toBe(name.trim())
      }
    }),
    { numRuns: 2000 }
  )
})

test('the fast path for visitors gives the same result as the schema', () => {
  const name = fc.oneof(
    fc.constant(undefined),
    fc.string({ maxLength: 80 }),
    fc.constantFrom('', 'Jane', "O'Brien", ' Jane', 5)
  )
  fc.assert(
    fc.property(email, name, name, (address, firstName, lastName) => {
      const given = { email: address, firstName, lastName }
      // With a context, even an undefined one, the schema is used.
      expect(readVisitor(given, RULES)).toEqual(readVisitor({ ...given, customerAgentContext: null }, RULES))
    }),
    { numRuns: 2000 }
  )
})

test('any return value of the option `visitor` gives a visitor, an invalid visitor, or none', () => {
  fc.assert(
    fc.property(fc.oneof(user, anything), (given) => void readVisitor(given, RULES)),
    { numRuns: 1000 }
  )
})

test('a mark that does not say yes refuses in every place, with any other properties on the record', () => {
  const places = fc.array(fc.constantFrom(...VERIFICATION_PLACES), { maxLength: 3 })
  fc.assert(
    fc.property(
      user,
      fc.emailAddress(),
      fc.constantFrom(...VERIFICATION_MARKS),
      no,
      places,
      (someone, address, mark, value, path) => {
        const marked = { ...(someone as object), email: address }
        const inner = path.reduceRight<object>((held, place) => ({ [place]: held }), { [mark]: value })
        Object.assign(marked, inner)
        expect(visitorFrom(marked)).toBeNull()
        expect(isVisitor(readVisitor(marked, RULES))).toBe(false)
      }
    ),
    { numRuns: 1000 }
  )
})

test('a mark of any type causes no error, and is evaluated the same by readVisitor and visitorFrom', () => {
  fc.assert(
    fc.property(fc.oneof(anything, fc.date({ noInvalidDate: false }), fc.uint8Array({ maxLength: 2 })), (mark) => {
      const marked = { email: 'jane@example.com', emailVerified: mark }
      expect(isVisitor(readVisitor(marked, RULES))).toBe(visitorFrom(marked) !== null)
    }),
    { numRuns: 2000 }
  )
})

test('a Passport address that is marked as unverified refuses', () => {
  fc.assert(
    fc.property(
      fc.emailAddress(),
      no,
      fc.array(profileEmail),
      fc.func(fc.boolean()),
      (value, verified, more, isUpper) => {
        const letters = [...value].map((letter, at) => (isUpper(at) ? letter.toUpperCase() : letter.toLowerCase()))
        const emails = [...more, { value, verified }]
        expect(visitorFrom({ emails: [{ value, verified }, ...more] })).toBeNull()
        expect(visitorFrom({ email: letters.join(''), emails })).toBeNull()
      }
    )
  )
})
