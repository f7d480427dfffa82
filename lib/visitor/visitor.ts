// The visitor: what HubSpot is told about a user, parsed from what the app's `visitor` returned, and refused while unverified.
import * as z from 'zod/mini'
import { asRecord, type UserRecord } from './user-record.js'
import { type MarkVerdict, markVerdict } from './verification-marks.js'

/** What HubSpot is told about a user. */
export type Visitor = {
  /** The address, as HubSpot knows the contact: at most 254 characters, verified by the app. */
  email: string
  /** Used by HubSpot only for a contact that has no first name yet. */
  firstName?: string | undefined
  /** Used by HubSpot only for a contact that has no last name yet. */
  lastName?: string | undefined
  /** Plain strings handed to HubSpot's customer agent for this chat (`hsCustomerAgentContext`). */
  customerAgentContext?: Record<string, string> | undefined
}

/**
 * Why there is no visitor. `detail` is the path of the mark that refused (none when `requireVerified` found no mark), or what is
 * malformed; never a value.
 */
export type NoVisitor = {
  readonly reason: 'no-user' | 'no-email' | 'unverified' | 'invalid-visitor'
  readonly detail?: string | undefined
}

/** Who was found, or why nobody was. */
export type Found = Visitor | NoVisitor

/** The option that decides about records without a mark. */
export type VerificationRules = { readonly requireVerified: boolean }

export const NO_USER: NoVisitor = Object.freeze({ reason: 'no-user' })

/** RFC 5321: the longest address that can be delivered to. */
const MAX_EMAIL_LENGTH = 254
const MAX_NAME_LENGTH = 100

/** Most names need no cleaning. */
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
 * Visitors whose user carried a mark that says yes, which a visitor itself does not. Kept beside them, so that a visitor is
 * nothing but its fields.
 */
const markedAsVerified = new WeakSet<object>()

export function rememberVerified(visitor: Visitor): void {
  markedAsVerified.add(visitor)
}

export function isVisitor(found: Found): found is Visitor {
  return !('reason' in found)
}

/**
 * Parses what the app's `visitor` returned. `null` and `undefined` mean nobody, and so does a record that says itself that its
 * address is not verified.
 */
export function readVisitor(value: unknown, rules: VerificationRules): Found {
  if (value === null || value === undefined) return NO_USER
  const record = asRecord(value)
  if (!record || Array.isArray(record)) return { reason: 'invalid-visitor', detail: 'not an object' }
  // Read once: a getter may answer otherwise when it is asked again, and what was checked must be what is sent.
  const { email, firstName, lastName, customerAgentContext } = record
  const visitor = parseVisitor({ email, firstName, lastName, customerAgentContext })
  if (!isVisitor(visitor)) return visitor
  return refusal(ownVerdict(record, visitor.email), rules) ?? visitor
}

/**
 * Why nobody is identified by a record with these marks, if so. An identified visitor sees that contact's earlier threads: an
 * unverified address would be an open door to them.
 */
export function refusal(verdict: MarkVerdict, { requireVerified }: VerificationRules): NoVisitor | undefined {
  if (typeof verdict === 'string') return { reason: 'unverified', detail: verdict }
  return requireVerified && !verdict ? { reason: 'unverified' } : undefined
}

/** The fields of a visitor, checked and cleaned; only those that are there. */
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

/** What a record from the app itself says; one that was made of a marked user has that user's yes. */
function ownVerdict(record: UserRecord, email: string): MarkVerdict {
  return markVerdict(record, email) ?? (markedAsVerified.has(record) || undefined)
}

/** Whether a visitor is as the schema would leave it. Most are, on every page, and this takes a tenth of the schema's time. */
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

/** Names lose control characters and are cut without leaving half a character behind. */
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
