// Who the app's user is to HubSpot: the visitor, read from `req.user` or from the app's own function, and refused while unverified.
import { z } from 'zod'

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

/** A visitor that cannot be used, with what is wrong and never with the value. */
export type InvalidVisitor = { invalid: string }

/** RFC 5321: the longest address that can be delivered to. */
const MAX_EMAIL_LENGTH = 254
const MAX_NAME_LENGTH = 100

/** Most names need no cleaning. */
const PLAIN_NAME = /^[A-Za-z][A-Za-z'-]{0,60}$/

/** Marks that user records carry of a confirmed address. */
type VerificationMarks = {
  readonly emailVerified?: unknown
  readonly email_verified?: unknown
  readonly isEmailVerified?: unknown
  readonly emailVerifiedAt?: unknown
  readonly email_verified_at?: unknown
  readonly email_confirmed_at?: unknown
}

/** An address of a Passport profile. */
type ProfileEmail = { readonly value: string; readonly verified?: unknown }

const NO_EMAILS: readonly ProfileEmail[] = []

/** How a database or a form writes "no". */
const NEGATIVE_WORDS = new Set(['', '0', 'false', 'f', 'no', 'n', 'null', 'undefined'])

// zod's plain email() refuses real addresses such as o'brien+x&co@example.com.
const EMAIL = z.regexes.html5Email
const emailSchema = z.string().trim().max(MAX_EMAIL_LENGTH).regex(EMAIL)

const nameSchema = z.string().transform(cleanName).nullish()

const visitorSchema = z.object({
  email: emailSchema,
  firstName: nameSchema,
  lastName: nameSchema,
  customerAgentContext: z.record(z.string(), z.string()).nullish()
})

/**
 * The default of the option `visitor`, before it is parsed: `req.user.email`, else the first of `req.user.emails[].value`
 * (Passport profiles), with the names beside it.
 */
export function visitorFromUser(req: object): unknown {
  const user = asRecord((req as { user?: unknown }).user)
  if (!user) return null
  const own = user['email']
  const emails = profileEmails(user)
  const email = isFilled(own) ? own : emails[0]?.value
  if (email === undefined || isUnverified(user)) return null
  if (emails.some(({ value, verified }) => isNegative(verified) && isSameAddress(value, email))) return null
  const name = asRecord(user['name'])
  return {
    email,
    firstName: firstText(user['firstName'], user['given_name'], name?.['givenName']),
    lastName: firstText(user['lastName'], user['family_name'], name?.['familyName'])
  }
}

/**
 * Parses whatever `visitor()` returned. `null` and `undefined` mean nobody, and so does a record that says itself that its
 * address is not verified.
 */
export function parseVisitor(value: unknown): Visitor | InvalidVisitor | null {
  if (value === null || value === undefined) return null
  const record = asRecord(value)
  if (!record || Array.isArray(record)) return { invalid: 'not an object' }
  // Read once: a getter may answer otherwise when it is asked again, and what was checked must be what is sent.
  const { email, firstName, lastName, customerAgentContext } = record
  const given = { email, firstName, lastName, customerAgentContext }
  const parsed = isPlain(given) ? { success: true as const, data: given } : visitorSchema.safeParse(given)
  if (!parsed.success) return { invalid: describeIssue(parsed.error) }
  // An identified visitor sees that contact's earlier threads: an unverified address would be an open door to them.
  if (isUnverified(record)) return null
  const { data } = parsed
  return {
    email: data.email,
    firstName: data.firstName || undefined,
    lastName: data.lastName || undefined,
    customerAgentContext: data.customerAgentContext ?? undefined
  }
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

/** Looked at several times on every page: by name, because a loop over names looks each one up anew. */
function isUnverified(record: VerificationMarks): boolean {
  return (
    isNegative(record.emailVerified) ||
    isNegative(record.email_verified) ||
    isNegative(record.isEmailVerified) ||
    isNegative(record.emailVerifiedAt) ||
    isNegative(record.email_verified_at) ||
    isNegative(record.email_confirmed_at)
  )
}

/** A mark that is there (not `undefined`) and does not say yes. */
function isNegative(mark: unknown): boolean {
  if (mark === undefined) return false
  if (typeof mark === 'string') return NEGATIVE_WORDS.has(mark.trim().toLowerCase())
  return !mark
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

function describeIssue(error: z.ZodError): string {
  return `its ${String(error.issues[0]?.path[0])} is missing or malformed`
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

/** The addresses of a Passport profile, without the empty ones; copies, so that an address is the one whose mark is looked at. */
function profileEmails({ emails }: { readonly emails?: unknown }): readonly ProfileEmail[] {
  if (!Array.isArray(emails)) return NO_EMAILS
  const filled: ProfileEmail[] = []
  for (const entry of emails as unknown[]) {
    const record = asRecord(entry)
    const value = record?.['value']
    if (isFilled(value)) filled.push({ value, verified: record?.['verified'] })
  }
  return filled
}

/** Hardly any mailbox tells cases apart, so neither may the mark of one. */
function isSameAddress(one: string, other: string): boolean {
  return one.trim().toLowerCase() === other.trim().toLowerCase()
}

function isFilled(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== ''
}

function firstText(first: unknown, second: unknown, third: unknown): string | undefined {
  if (isFilled(first)) return first
  if (isFilled(second)) return second
  return isFilled(third) ? third : undefined
}

/**
 * Whether what `visitor()` gives now is still this person. Their context does not matter: it may speak of the time, or of
 * `req.url`, which a router rewrites.
 */
export function isSameVisitor(value: unknown, visitor: Visitor): boolean {
  const now = asRecord(value)
  const email = now?.['email']
  if (!now || typeof email !== 'string') return false
  return email.trim() === visitor.email && !isUnverified(now)
}
