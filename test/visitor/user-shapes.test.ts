// User records as login libraries give them, verified and not verified.
import { describe, expect, test } from '@jest/globals'
import { readUser } from '../../lib/visitor/visitor-from.js'

const EMAIL = 'jane@example.com'
const JANE = { email: EMAIL, firstName: 'Jane', lastName: 'Doe' }

/** passport-google-oauth20 2.0 (OpenID user info). */
const google = (verified: unknown) => ({
  id: '1098',
  displayName: 'Jane Doe',
  name: { familyName: 'Doe', givenName: 'Jane' },
  emails: [{ value: EMAIL, verified }],
  photos: [{ value: 'https://lh3.example.com/a' }],
  provider: 'google',
  _raw: '{}',
  _json: {
    sub: '1098',
    name: 'Jane Doe',
    given_name: 'Jane',
    family_name: 'Doe',
    email: EMAIL,
    email_verified: verified
  }
})

/** passport-github2 0.1 with `allRawEmails`; without it, `verified` is dropped. */
const github = (verified: unknown) => ({
  id: '583231',
  nodeId: 'MDQ6VXNlcjU4MzIzMQ==',
  displayName: 'Jane Doe',
  username: 'jane',
  profileUrl: 'https://github.example.com/jane',
  emails: [{ value: EMAIL, primary: true, verified, visibility: 'public' }],
  provider: 'github',
  _json: { login: 'jane', id: 583231, type: 'User', name: 'Jane Doe', email: null, site_admin: false }
})

/** passport-auth0 1.4: the profile drops the claim, `_json` has it. */
const auth0 = (verified: unknown) => ({
  displayName: EMAIL,
  id: 'auth0|62',
  user_id: 'auth0|62',
  provider: 'auth0',
  name: { familyName: 'Doe', givenName: 'Jane' },
  emails: [{ value: EMAIL }],
  nickname: 'jane',
  _json: { sub: 'auth0|62', given_name: 'Jane', family_name: 'Doe', email: EMAIL, email_verified: verified },
  _raw: '{}'
})

/** @clerk/backend 3: a class with getters on the prototype. */
class ClerkUser {
  id = 'user_1'
  primaryEmailAddressId: string | null = 'idn_2'
  firstName = 'Jane'
  lastName = 'Doe'
  emailAddresses: object[]
  constructor(status: unknown) {
    this.emailAddresses = [
      { id: 'idn_1', emailAddress: 'old@example.com', verification: { status: 'unverified' }, linkedTo: [] },
      { id: 'idn_2', emailAddress: EMAIL, verification: { status, strategy: 'email_code' }, linkedTo: [] }
    ]
  }
  get primaryEmailAddress() {
    return this.emailAddresses[1]
  }
  get fullName() {
    return 'Jane Doe'
  }
}

/** @supabase/supabase-js 2, `auth.getUser()`: a user who has not confirmed yet has no time stamp at all, or `null`. */
const supabaseUser = (confirmedAt: unknown) => ({
  id: '11111111-1111-1111-1111-111111111111',
  aud: 'authenticated',
  email: EMAIL,
  email_confirmed_at: confirmedAt,
  confirmed_at: confirmedAt,
  phone: '',
  app_metadata: { provider: 'email', providers: ['email'] },
  user_metadata: { first_name: 'Jane', last_name: 'Doe' },
  identities: []
})

/** The claims of `auth.getClaims()`. */
const supabaseClaims = (verified: unknown) => ({
  sub: '11111111-1111-1111-1111-111111111111',
  email: EMAIL,
  role: 'authenticated',
  app_metadata: { provider: 'email' },
  user_metadata: { email: EMAIL, email_verified: verified, first_name: 'Jane', last_name: 'Doe', phone_verified: false }
})

/** firebase-admin, `verifyIdToken()`: the name is one string. */
const firebase = (verified: unknown) => ({
  name: 'Jane Doe',
  email: EMAIL,
  email_verified: verified,
  firebase: { identities: { email: [EMAIL] }, sign_in_provider: 'password' },
  uid: 'u1'
})

/** better-auth, `session.user`. */
const betterAuth = (verified: unknown) => ({
  id: 'u1',
  name: 'Jane Doe',
  email: EMAIL,
  emailVerified: verified,
  image: null
})

/** express-openid-connect, `req.oidc.user`. */
const oidc = (verified: unknown) => ({
  sub: 'auth0|62',
  given_name: 'Jane',
  family_name: 'Doe',
  name: 'Jane Doe',
  email: EMAIL,
  email_verified: verified
})

/** Entra ID: any tenant can claim any address, unless `xms_edov` says that the owner of the domain has verified it. */
const entra = (verified: unknown) => ({
  oid: 'o1',
  email: EMAIL,
  given_name: 'Jane',
  family_name: 'Doe',
  xms_edov: verified
})

/** Sequelize 6: the attributes are getters on the prototype of the model, the values in `dataValues`. */
class SequelizeModel {
  dataValues: Record<string, unknown>
  isNewRecord = false
  constructor(values: Record<string, unknown>) {
    this.dataValues = values
  }
  get email() {
    return this.dataValues['email']
  }
  get firstName() {
    return this.dataValues['firstName']
  }
  get lastName() {
    return this.dataValues['lastName']
  }
}

/** Mongoose 8: every path is a getter on the prototype of the model. */
class MongooseDocument {
  readonly _doc: Record<string, unknown>
  readonly $isNew = true
  constructor(doc: Record<string, unknown>) {
    this._doc = doc
  }
  get email() {
    return this._doc['email']
  }
  get name() {
    return this._doc['name']
  }
  get isVerified() {
    return this._doc['isVerified']
  }
}

const past = '2024-05-01T10:00:00.123456Z'

describe.each<[string, (mark: unknown) => object, yes: unknown, no: unknown[], mark: string, visitor: object]>([
  ['passport-google-oauth20', google, true, [false, 'false'], 'emails[].verified', JANE],
  ['passport-github2', github, true, [false], 'emails[].verified', { email: EMAIL }],
  ['passport-auth0', auth0, true, [false], '_json.email_verified', JANE],
  [
    'a user with the Passport profile beside it',
    (mark) => ({ id: 1, ...JANE, profile: auth0(mark) }),
    true,
    [false],
    'profile._json.email_verified',
    JANE
  ],
  [
    'Clerk',
    (mark) => new ClerkUser(mark),
    'verified',
    ['unverified', 'expired', null],
    'emailAddresses[].verification.status',
    JANE
  ],
  ['Supabase user', supabaseUser, past, [null, ''], 'email_confirmed_at', JANE],
  ['Supabase claims', supabaseClaims, true, [false], 'user_metadata.email_verified', JANE],
  ['Firebase', firebase, true, [false], 'email_verified', { email: EMAIL }],
  ['better-auth', betterAuth, true, [false, 0], 'emailVerified', { email: EMAIL }],
  ['OpenID claims', oidc, true, [false, 'false'], 'email_verified', JANE],
  ['Entra ID', entra, '1', ['0', false], 'xms_edov', JANE],
  [
    'Sequelize',
    (mark) => new SequelizeModel({ ...JANE, verifiedAt: mark }),
    new Date(past),
    [null, new Date(Number.NaN)],
    'dataValues.verifiedAt',
    JANE
  ],
  [
    'a row of MySQL',
    (mark) => ({ id: 1, email: EMAIL, first_name: 'Jane', last_name: 'Doe', is_verified: mark }),
    Buffer.from([1]),
    [Buffer.from([0]), 0],
    'is_verified',
    JANE
  ],
  [
    'Mongoose',
    (mark) => new MongooseDocument({ email: EMAIL, name: { givenName: 'Jane', familyName: 'Doe' }, isVerified: mark }),
    true,
    [false, null],
    'isVerified',
    JANE
  ]
])('%s', (_name, record, yes, no, mark, visitor) => {
  test('is a visitor if verified', () => {
    expect(readUser(record(yes), { requireVerified: true })).toEqual(visitor)
  })

  test('is no visitor if not', () => {
    for (const value of no) {
      expect(readUser(record(value), { requireVerified: false })).toEqual({ reason: 'unverified', detail: mark })
    }
  })
})

test('the first address of a Clerk user without a primary one is used', () => {
  const user = Object.assign(new ClerkUser('verified'), { primaryEmailAddressId: null })
  expect(readUser(user, { requireVerified: false })).toMatchObject({ reason: 'unverified' })
  user.emailAddresses.reverse()
  expect(readUser(user, { requireVerified: false })).toEqual(JANE)
})

test('a Supabase user whose address was never confirmed has no mark, so requireVerified refuses it', () => {
  const user = supabaseUser(undefined)
  expect(readUser(user, { requireVerified: true })).toEqual({ reason: 'unverified' })
})
