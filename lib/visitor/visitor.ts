// The visitor: what HubSpot is told about a user. Parses what the app's `visitor` returned, and refuses unverified addresses.
import * as z from 'zod/mini'
import { asRecord, type UserRecord } from './user-record.js'
import { type MarkVerdict, markVerdict } from './verification-marks.js'

/** What HubSpot is told about a user. */
export type Visitor = {
  /** The email address of the contact in HubSpot: at most 254 characters, verified by the app. */
  email: string
  /** Used by HubSpot only for a contact that has no first name yet. */
  firstName?: string | undefined
  /** Used by HubSpot only for a contact that has no last name yet. */
  lastName?: string | undefined
  /** Plain strings for HubSpot's customer agent in this chat (`hsCustomerAgentContext`). */
  customerAgentContext?: Record<string, string> | undefined
}

/**
 * Why there is no visitor. `detail` is the path of the mark that refused (`undefined` when `requireVerified` found no mark), or says what
 * is malformed. It never contains a value.
 */
export type NoVisitor = {
  readonly reason: 'no-user' | 'no-email' | 'unverified' | 'invalid-visitor'
  readonly detail?: string | undefined
}

/** A visitor, or why there is none. */
export type Found = Visitor | NoVisitor

/** How records without a mark are treated. */
export type VerificationRules = { readonly requireVerified: boolean }

export const NO_USER: NoVisitor = Object.freeze({ reason: 'no-user' })

/** The longest address that RFC 5321 allows. */
const MAX_EMAIL_LENGTH = 254
const MAX_NAME_LENGTH = 100

/** Names that need no cleaning, which are most. */
const PLAIN_NAME = /^[A-Za-z][A-Za-z'-]{0,60}$/

// zod's plain email() refuses real addresses such as o'brien+x&co@example.com.
const EMAIL = z.regexes.html5Email
const emailSchema = z.string().check(z.trim(), z.maxLength(MAX_EMAIL_LENGTH), z.regex(EMAIL))

const nameSchema = z.nullish(z.pipe(z.string(), z.transform(cleanName)))

const visitorSchema = z.object({
  email: emailSchema,
  firstName: nameSchema,
  lastName: nameSchema,
  customerAgentContext: z.nullish(z.record(z.string(), z.string()))
})

/**
 * Visitors made of a user who is marked as verified. Kept here, because a visitor has no field for it.
 */
const markedAsVerified = new WeakSet<object>()

export function rememberVerified(visitor: Visitor): void {
  markedAsVerified.add(visitor)
}

export function isVisitor(found: Found): found is Visitor {
  return !('reason' in found)
}

/**
 * Parses what the app's `visitor` returned. `null` and `undefined` mean that there is no user. An object with a mark of verification that
 * refuses gives no visitor either.
 */
export function readVisitor(value: unknown, rules: VerificationRules): Found {
  if (value === null || value === undefined) return NO_USER
  const record = asRecord(value)
  if (!record || Array.isArray(record)) return { reason: 'invalid-visitor', detail: 'not an object' }
  // Read once: a getter may return something else the next time, and what was checked must be what is sent.
  const { email, firstName, lastName, customerAgentContext } = record
  const visitor = parseVisitor({ email, firstName, lastName, customerAgentContext })
  if (!isVisitor(visitor)) return visitor
  return refusal(ownVerdict(record, visitor.email), rules) ?? visitor
}

/**
 * Why a record with this verdict gives no visitor; `undefined` if it may. An identified visitor sees the earlier conversations of the
 * contact with that address, so with an unverified address a user could read those of somebody else.
 */
export function refusal(verdict: MarkVerdict, { requireVerified }: VerificationRules): NoVisitor | undefined {
  if (typeof verdict === 'string') return { reason: 'unverified', detail: verdict }
  return requireVerified && !verdict ? { reason: 'unverified' } : undefined
}

/** Checks and cleans the fields of a visitor; empty ones are left out. */
export function parseVisitor(given: Partial<Record<keyof Visitor, unknown>>): Found {
  const parsed = isPlain(given) ? { success: true as const, data: given } : visitorSchema.safeParse(given)
  if (!parsed.success) return { reason: 'invalid-visitor', detail: describeIssue(parsed.error) }
  const { email, firstName, lastName, customerAgentContext } = parsed.data
  const visitor: Visitor = { email }
  if (firstName) visitor.firstName = firstName
  if (lastName) visitor.lastName = lastName
  if (customerAgentContext) visitor.customerAgentContext = customerAgentContext
  return visitor
}

/** The verdict of the marks on the object; without one, whether it was made of a user who is marked as verified. */
function ownVerdict(record: UserRecord, email: string): MarkVerdict {
  return markVerdict(record, email) ?? (markedAsVerified.has(record) || undefined)
}

/** Whether the schema would change nothing, as for most visitors. Measured as ten times as fast as the schema. */
function isPlain(given: Partial<Record<keyof Visitor, unknown>>): given is Visitor {
  const { email, firstName, lastName, customerAgentContext } = given
  return (
    typeof email === 'string' &&
    email.length <= MAX_EMAIL_LENGTH &&
    EMAIL.test(email) &&
    isPlainName(firstName) &&
    isPlainName(lastName) &&
    customerAgentContext === undefined
  )
}

function isPlainName(name: unknown): boolean {
  return name === undefined || (typeof name === 'string' && PLAIN_NAME.test(name))
}

/** Removes control characters, and cuts a long name without splitting a surrogate pair. */
function cleanName(name: string): string {
  if (PLAIN_NAME.test(name)) return name
  return name
    .replace(/\p{Cc}+/gu, '')
    .trim()
    .slice(0, MAX_NAME_LENGTH)
    .toWellFormed()
    .replace(/\uFFFD$/u, '')
    .trim()
}

function describeIssue(error: z.core.$ZodError): string {
  return `its ${String(error.issues[0]?.path[0])} is missing or malformed`
}
