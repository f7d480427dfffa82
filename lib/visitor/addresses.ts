// Reads the address lists of user records: `emails` of Passport profiles, `emailAddresses` of Clerk users.
import { asRecord, isFilled, type UserRecord } from './user-record.js'

/** One address of a list. Read once, so that the address that was checked is the one that is sent. */
export type Address = {
  readonly value: string
  /** The list entry, with its marks; `undefined` if the entry is a string. */
  readonly entry: UserRecord | undefined
  readonly list: 'emails' | 'emailAddresses'
}

/** For records without a list, which are most. */
export const NO_ADDRESSES: readonly Address[] = []

/** All non-empty addresses in the lists of a record. */
export function addressesOf(record: UserRecord): readonly Address[] {
  const { emails, emailAddresses } = record
  if (!Array.isArray(emails) && !Array.isArray(emailAddresses)) return NO_ADDRESSES
  return [...readList(emails, 'emails', 'value'), ...readList(emailAddresses, 'emailAddresses', 'emailAddress')]
}

/** The address to use when the record has no `email`: Clerk's primary one, else the first. */
export function preferredAddress(record: UserRecord, addresses: readonly Address[]): string | undefined {
  if (addresses === NO_ADDRESSES) return undefined
  const primary = record['primaryEmailAddressId']
  const marked = isFilled(primary) ? addresses.find(({ entry }) => entry?.['id'] === primary) : undefined
  return (marked ?? addresses[0])?.value
}

/** Ignores case: hardly any mail server distinguishes it, so a mark counts for every spelling. */
export function isSameAddress(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}

function readList(given: unknown, list: Address['list'], key: string): Address[] {
  if (!Array.isArray(given)) return []
  const filled: Address[] = []
  for (const item of given as unknown[]) {
    const entry = asRecord(item)
    const value = entry ? entry[key] : item
    if (isFilled(value)) filled.push({ value, entry, list })
  }
  return filled
}
