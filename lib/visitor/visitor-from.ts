// Makes a visitor of the app's user: finds address and names on the user records of Passport, OpenID, Clerk, Supabase and others.
import { addressesOf, preferredAddress } from './addresses.js'
import { asRecord, isFilled, type UserRecord } from './user-record.js'
import { type MarkVerdict, markVerdict } from './verification-marks.js'
import {
  type Found,
  isVisitor,
  NO_USER,
  type NoVisitor,
  parseVisitor,
  refusal,
  rememberVerified,
  type VerificationRules,
  type Visitor
} from './visitor.js'

const NO_EMAIL: NoVisitor = Object.freeze({ reason: 'no-email' })

/** Why the last call of `visitorFrom` gave `null`. */
let lastRefusal: NoVisitor | undefined

/** Cleared in the next turn of the event loop: a call outside of a `visitor` must not explain a `null` that comes later. */
function keepRefusal(found: NoVisitor): void {
  lastRefusal = found
  if (found === NO_USER) return
  setImmediate(() => {
    if (lastRefusal === found) lastRefusal = undefined
  })
}

/**
 * Makes a visitor of a user record. By default the middleware does this with `req.user`; use it in `visitor` when your app keeps the user
 * elsewhere.
 *
 * Reads `email`, else the first address in `emails` (Passport profiles), else Clerk's primary one in `emailAddresses`; names from
 * `firstName`/`lastName`, `given_name`/`family_name`, `first_name`/`last_name`, `givenName`/`familyName`, and the two of `name`.
 * Gives `null` without a user or a usable address, and for a user with a mark of verification (`emailVerified`, `email_verified`, ...)
 * that does not clearly say yes: an identified visitor sees that contact's earlier conversations.
 *
 * To add a `customerAgentContext`, set it on the returned object. With `requireVerified` do not return a copy: only the returned object
 * is known to come from a user who is marked as verified.
 *
 * @example
 * visitor: (req) => visitorFrom(req.oidc.user)
 */
export function visitorFrom(user: unknown): Visitor | null {
  const { found, verdict } = examine(user)
  if (!isVisitor(found)) {
    keepRefusal(found)
    return null
  }
  lastRefusal = undefined
  if (verdict) rememberVerified(found)
  return found
}

/** Gives that reason and clears it: for a `visitor` that returned `null`, which may be the result of `visitorFrom`. */
export function takeRefusal(): NoVisitor | undefined {
  const taken = lastRefusal
  lastRefusal = undefined
  return taken
}

/** The default of the option `visitor`: as `visitorFrom`, but with the reason why there is no visitor. */
export function readUser(user: unknown, rules: VerificationRules): Found {
  const { found, verdict } = examine(user)
  return isVisitor(found) ? (refusal(verdict, rules) ?? found) : found
}

type Examined = { readonly found: Found; readonly verdict?: MarkVerdict }

function examine(user: unknown): Examined {
  const record = asRecord(user)
  if (!record) return { found: NO_USER }
  const own = record['email']
  const addresses = addressesOf(record)
  const email = isFilled(own) ? own : preferredAddress(record, addresses)
  if (email === undefined) return { found: NO_EMAIL }
  const verdict = markVerdict(record, email, addresses)
  const refused = refusal(verdict, { requireVerified: false })
  return { found: refused ?? parseVisitor({ email, ...namesOf(record) }), verdict }
}

/** First and last name, from fields that hold one of them. Supabase has them in `user_metadata`. */
function namesOf(record: UserRecord): { firstName: string | undefined; lastName: string | undefined } {
  return {
    firstName: firstNameOf(record) ?? firstNameOf(asRecord(record['user_metadata'])),
    lastName: lastNameOf(record) ?? lastNameOf(asRecord(record['user_metadata']))
  }
}

function firstNameOf(record: UserRecord | undefined): string | undefined {
  return (
    record &&
    (text(record['firstName']) ??
      text(record['given_name']) ??
      text(record['first_name']) ??
      text(record['givenName']) ??
      text(asRecord(record['name'])?.['givenName']))
  )
}

function lastNameOf(record: UserRecord | undefined): string | undefined {
  return (
    record &&
    (text(record['lastName']) ??
      text(record['family_name']) ??
      text(record['last_name']) ??
      text(record['familyName']) ??
      text(asRecord(record['name'])?.['familyName']))
  )
}

function text(value: unknown): string | undefined {
  return isFilled(value) ? value : undefined
}
