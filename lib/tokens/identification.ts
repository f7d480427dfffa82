// What an identification is, and whether it may still be used; the clock is always passed in, nothing is fetched or stored here.
import * as z from 'zod/mini'
import { isToken } from '../mint/token.js'

/** An address and HubSpot's token for it: a pair that belongs together. */
export type Identification = {
  /** The address exactly as it was sent to HubSpot. */
  email: string
  /** HubSpot's identification token for that address. */
  token: string
  /** When the token ends, in milliseconds since the epoch, on this server's clock. */
  expiresAt: number
}

/** An identification as it is kept on a session or in a shared store. */
export type KeptIdentification = Identification & {
  /** Which HubSpot account (and customer agent context) the token was minted for; opaque. */
  account: string
}

/** How long tokens live and when they are renewed, in milliseconds. */
export type TokenLifetime = {
  readonly tokenLifetimeMs: number
  readonly renewBeforeMs: number
}

/** Two servers' clocks may differ by this much before one's expiry looks impossible to the other. */
const CLOCK_TOLERANCE_MS = 5 * 60 * 1000

/** A quarter: a token renewed earlier would be renewed more often than it is used. */
const LARGEST_RENEWAL_SHARE = 1 / 4

const jwtPayloadSchema = z.object({ iat: z.number().check(z.nonnegative()), exp: z.number().check(z.nonnegative()) })

/**
 * How long a new token may be used: the given lifetime, or what a JWT says of itself when that is sane and shorter.
 * Only the difference of its two times counts: its clock is not ours.
 */
export function lifetimeOf(token: string, tokenLifetimeMs: number): number {
  const claimed = claimedLifetimeMs(token)
  return claimed >= 1000 && claimed < tokenLifetimeMs ? claimed : tokenLifetimeMs
}

/** Whether the token can be used now. */
export function isUsable(identification: Identification, nowMs: number): boolean {
  return identification.expiresAt > nowMs
}

/**
 * Whether a token can end at this time: not yet, and not later than one of now would. A clock that was put right must not leave
 * tokens behind that seem to live for years.
 */
export function isPlausibleEnd(expiresAt: number, nowMs: number, tokenLifetimeMs: number): boolean {
  return expiresAt > nowMs && expiresAt <= nowMs + tokenLifetimeMs + CLOCK_TOLERANCE_MS
}

/** Whether it is time to renew the token behind the page. */
export function isNearEnd(identification: Identification, lifetime: TokenLifetime, nowMs: number): boolean {
  const { tokenLifetimeMs, renewBeforeMs } = lifetime
  const left = identification.expiresAt - nowMs
  // Most tokens are far from their end: only near it is the token's own lifetime worth decoding.
  if (left > Math.min(renewBeforeMs, tokenLifetimeMs * LARGEST_RENEWAL_SHARE)) return false
  const life = lifetimeOf(identification.token, tokenLifetimeMs)
  return left <= Math.min(renewBeforeMs, life * LARGEST_RENEWAL_SHARE)
}

/** The one that ends later. */
export function fresher<A extends Identification, B extends Identification>(
  a: A | undefined,
  b: B | undefined
): A | B | undefined {
  if (!a || !b) return a ?? b
  return b.expiresAt > a.expiresAt ? b : a
}

/** What a kept identification must match. */
export type Expected = {
  readonly email: string
  readonly account: string
  readonly nowMs: number
  readonly tokenLifetimeMs: number
  /** A token that was parsed before, whose form need not be looked at again. */
  readonly knownToken?: string | undefined
}

/**
 * Parses what came back from a session or a store. Malformed, ended, too far in the future, or of another address or account
 * counts as absent: sessions outlive releases, and Passport's `keepSessionInfo` carries one user's session to the next.
 */
export function parseKept(value: unknown, expected: Expected): Identification | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { email, token, expiresAt, account } = value as Partial<Record<keyof KeptIdentification, unknown>>
  if (email !== expected.email || account !== expected.account) return undefined
  if (typeof expiresAt !== 'number' || !isPlausibleEnd(expiresAt, expected.nowMs, expected.tokenLifetimeMs))
    return undefined
  const isWellFormed = typeof token === 'string' && (token === expected.knownToken || isToken(token))
  return isWellFormed ? { email: expected.email, token, expiresAt } : undefined
}

/** Whether a value has the form of a kept identification, whoever's it is. */
export function isKeptShape(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { email, token, expiresAt, account } = value as Partial<Record<keyof KeptIdentification, unknown>>
  return [email, token, account].every((text) => typeof text === 'string') && typeof expiresAt === 'number'
}

/** `exp - iat` in milliseconds, or NaN when the token is no JWT that says so. */
function claimedLifetimeMs(token: string): number {
  const payload = token.split('.')[1]
  if (!payload) return Number.NaN
  try {
    const claims = jwtPayloadSchema.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')))
    return claims.success ? (claims.data.exp - claims.data.iat) * 1000 : Number.NaN
  } catch {
    return Number.NaN
  }
}
