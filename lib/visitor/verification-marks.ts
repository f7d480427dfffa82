// The marks by which user records say whether their address is verified, and the places where they are looked for.
import { type Address, addressesOf, isSameAddress, NO_ADDRESSES } from './addresses.js'
import { isClearYes } from './clear-yes.js'
import { ignoreRejection, isThenable } from './thenable.js'
import { asRecord, type UserRecord } from './user-record.js'

/** The names of the marks. One that is there and is no clear yes refuses. */
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
 * The objects on a record that carry marks as well: a Passport profile's claims, a profile kept beside the user, the values of a
 * Sequelize instance, the metadata of Supabase and Auth0. They are looked for inside each other, too (`profile._json`).
 */
export const VERIFICATION_PLACES = ['_json', 'profile', 'dataValues', 'user_metadata', 'app_metadata'] as const

/** The mark of an address of Clerk's, on the entries of `emailAddresses` and `emails`. Only this word passes. */
export const VERIFICATION_STATUS = { mark: 'verification.status', yes: 'verified' } as const

/** How deep the places are looked for inside each other: `profile._json.user_metadata`, and no circle goes on for ever. */
const DEEPEST = 3

/** What the marks say: `true` is yes, `undefined` that there is none, and a text is the path of the mark that refuses. */
export type MarkVerdict = string | true | undefined

/**
 * What all marks of a record say of an address. One that refuses is enough.
 *
 * `addresses` are those of the record when they have been read already: a getter may answer otherwise the next time.
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
  if (typeof verdict === 'string') return verdict
  if (addresses !== NO_ADDRESSES) {
    for (const { value, entry, list } of addresses) {
      if (!entry || !isSameAddress(value, email)) continue
      const found = verdictOfEntry(entry, `${path}${list}[].`)
      if (typeof found === 'string') return found
      verdict ??= found
    }
  }
  if (depth === DEEPEST) return verdict
  for (const place of VERIFICATION_PLACES) {
    const inner = asRecord(record[place])
    if (!inner) continue
    // A lazy relation of TypeORM: reading it asks the database.
    if (isThenable(inner)) {
      ignoreRejection(inner)
      continue
    }
    const found = verdictAt(inner, email, addressesOf(inner), `${path}${place}.`, depth + 1)
    if (typeof found === 'string') return found
    verdict ??= found
  }
  return verdict
}

function verdictOfNames(record: UserRecord, path: string): MarkVerdict {
  let verdict: MarkVerdict
  for (const name of VERIFICATION_MARKS) {
    const mark = record[name]
    if (mark === undefined) continue
    if (!isClearYes(mark)) return path + name
    verdict = true
  }
  return verdict
}

function verdictOfEntry(entry: UserRecord, path: string): MarkVerdict {
  const verdict = verdictOfNames(entry, path)
  const verification = entry['verification']
  if (typeof verdict === 'string' || verification === undefined) return verdict
  return asRecord(verification)?.['status'] === VERIFICATION_STATUS.yes || path + VERIFICATION_STATUS.mark
}
