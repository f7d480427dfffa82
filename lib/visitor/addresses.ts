// The lists of addresses on user records: `emails` of Passport profiles, `emailAddresses` of Clerk users.
import { asRecord, isFilled, type UserRecord } from './user-record.js'

/** One address of a list, read once: the address that is looked at must be the one that is sent. */
export type Address = {
  readonly value: string
  /** The object that it came from, with its marks; none where the list holds plain texts. */
  readonly entry: UserRecord | undefined
  readonly list: 'emails' | 'emailAddresses'
}

/** Most records have no list. */
export const NO_ADDRESSES: readonly Address[] = []

/** All addresses of a record's lists, without the empty ones. */
export function addressesOf(record: UserRecord): readonly Address[] {
  const { emails, emailAddresses } = record
  if (!Array.isArray(emails) && !Array.isArray(emailAddresses)) return NO_ADDRESSES
  return [...readList(emails, 'emails', 'value'), ...readList(emailAddresses, 'emailAddresses', 'emailAddress')]
}

/** The one that counts when the record has no `email`: Clerk's primary one, else the first. */
export function preferredAddress(record: UserRecord, addresses: readonly Address[]): string | undefined {
  if (addresses === NO_ADDRESSES) return undefined
  const primary = record['primaryEmailAddressId']
  const marked = isFilled(primary) ? addresses.find(({ entry }) => entry?.['id'] === primary) : undefined
  return (marked ?? addresses[0])?.value
}

/** Hardly any mailbox tells cases apart, so neither may the mark of one. */
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
