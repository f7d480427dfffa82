// Decides whether the address of a user record is verified: the names of the marks, and the objects in which they are looked for.
import { type Address, addressesOf, isSameAddress } from './addresses.js'
import { ignoreRejection, isThenable } from './thenable.js'
import { asRecord, type UserRecord } from './user-record.js'
import { isClearYes } from './verification-values.js'

/** The names of the marks. One that is present without a value that means "verified" refuses the address. */
export const VERIFICATION_MARKS = [
  'emailVerified',
  'email_verified',
  'isEmailVerified',
  'emailVerifiedAt',
  'email_verified_at',
  'email_confirmed_at',
  'verified_email',
  'isVerified',
  'is_verified',
  'verified',
  'verifiedAt',
  'verified_at',
  'confirmed',
  'isConfirmed',
  'confirmedAt',
  'confirmed_at',
  'emailConfirmed',
  'email_confirmed',
  'isEmailConfirmed',
  'emailConfirmedAt',
  'xms_edov'
] as const

/**
 * Properties of a record whose objects are searched for marks as well: claims of a Passport profile, a separate profile, the values of
 * a Sequelize instance, metadata of Supabase and Auth0. They are also looked for inside each other (`profile._json`).
 */
export const VERIFICATION_PLACES = ['_json', 'profile', 'dataValues', 'user_metadata', 'app_metadata'] as const

/** Clerk's mark, on the entries of `emailAddresses` and `emails`. Only this value means "verified". */
export const VERIFICATION_STATUS = { mark: 'verification.status', yes: 'verified' } as const

type Marked = { readonly [Mark in (typeof VERIFICATION_MARKS)[number]]?: unknown }
type InPlaces = { readonly [Place in (typeof VERIFICATION_PLACES)[number]]?: unknown }

/** How deep they are looked for inside each other: `profile._json.user_metadata`. The limit also ends circular references. */
const DEEPEST = 3

/** `true`: verified. `undefined`: there is no mark. A string: not verified, with the path of the mark that refuses. */
export type MarkVerdict = string | true | undefined

/**
 * The verdict of all marks of a record about an address: one that refuses is enough.
 *
 * `addresses`: the lists of the record if they were read already, because a getter may return something else the next time.
 */
export function markVerdict(record: UserRecord, email: string, addresses?: readonly Address[]): MarkVerdict {
  return verdictAt(record, email, addresses ?? addressesOf(record), '', 0)
}

function verdictAt(
  record: UserRecord,
  email: string,
  addresses: readonly Address[],
  path: string,
  depth: number
): MarkVerdict {
  let verdict = verdictOfNames(record, path)
  for (const { value, entry, list } of addresses) {
    if (typeof verdict === 'string') return verdict
    if (entry && isSameAddress(value, email)) verdict = verdictOfEntry(entry, `${path}${list}[].`) ?? verdict
  }
  if (typeof verdict === 'string' || depth === DEEPEST) return verdict
  const { _json, profile, dataValues, user_metadata, app_metadata }: InPlaces = record
  if (!_json && !profile && !dataValues && !user_metadata && !app_metadata) return verdict
  for (const [place, given] of Object.entries({ _json, profile, dataValues, user_metadata, app_metadata })) {
    const inner = asRecord(given)
    if (!inner) continue
    // A lazy relation of TypeORM: reading the property has started a query.
    if (isThenable(inner)) ignoreRejection(inner)
    else verdict = verdictAt(inner, email, addressesOf(inner), `${path}${place}.`, depth + 1) ?? verdict
    if (typeof verdict === 'string') return verdict
  }
  return verdict
}

/** Written out, because this runs several times on every page and a loop over the names was measured as ten times as slow. */
function verdictOfNames(record: Marked, path: string): MarkVerdict {
  let verdict: MarkVerdict
  verdict = withMark(verdict, record.emailVerified, 'emailVerified')
  verdict = withMark(verdict, record.email_verified, 'email_verified')
  verdict = withMark(verdict, record.isEmailVerified, 'isEmailVerified')
  verdict = withMark(verdict, record.emailVerifiedAt, 'emailVerifiedAt')
  verdict = withMark(verdict, record.email_verified_at, 'email_verified_at')
  verdict = withMark(verdict, record.email_confirmed_at, 'email_confirmed_at')
  verdict = withMark(verdict, record.verified_email, 'verified_email')
  verdict = withMark(verdict, record.isVerified, 'isVerified')
  verdict = withMark(verdict, record.is_verified, 'is_verified')
  verdict = withMark(verdict, record.verified, 'verified')
  verdict = withMark(verdict, record.verifiedAt, 'verifiedAt')
  verdict = withMark(verdict, record.verified_at, 'verified_at')
  verdict = withMark(verdict, record.confirmed, 'confirmed')
  verdict = withMark(verdict, record.isConfirmed, 'isConfirmed')
  verdict = withMark(verdict, record.confirmedAt, 'confirmedAt')
  verdict = withMark(verdict, record.confirmed_at, 'confirmed_at')
  verdict = withMark(verdict, record.emailConfirmed, 'emailConfirmed')
  verdict = withMark(verdict, record.email_confirmed, 'email_confirmed')
  verdict = withMark(verdict, record.isEmailConfirmed, 'isEmailConfirmed')
  verdict = withMark(verdict, record.emailConfirmedAt, 'emailConfirmedAt')
  verdict = withMark(verdict, record.xms_edov, 'xms_edov')
  return typeof verdict === 'string' ? path + verdict : verdict
}

function withMark(verdict: MarkVerdict, mark: unknown, name: string): MarkVerdict {
  if (mark === undefined || typeof verdict === 'string') return verdict
  return mark === true || isClearYes(mark) || name
}

function verdictOfEntry(entry: UserRecord, path: string): MarkVerdict {
  const verdict = verdictOfNames(entry, path)
  const verification = entry['verification']
  if (typeof verdict === 'string' || verification === undefined) return verdict
  return asRecord(verification)?.['status'] === VERIFICATION_STATUS.yes || path + VERIFICATION_STATUS.mark
}
