// The identification (address, token, expiry): whether it is usable or near its end, and how stored ones are parsed. No I/O; the time is
// always passed in.
import * as z from 'zod/mini'
import { isToken } from '../mint/token.js'

/** An address and HubSpot's token for it. */
export type Identification = {
  /** The address exactly as it was sent to HubSpot. */
  email: string
  /** HubSpot's identification token for that address. */
  token: string
  /** When the token expires, in milliseconds since the epoch, by this server's clock. */
  expiresAt: number
}

/** An identification as it is kept on a session or in a shared store. */
export type KeptIdentification = Identification & {
  /** Which HubSpot account (and customer agent context) the token was minted for; opaque. */
  account: string
}

/** The lifetime of tokens, and how long before their end they are renewed, in milliseconds. */
export type TokenLifetime = {
  readonly tokenLifetimeMs: number
  readonly renewBeforeMs: number
}

/** How much the clocks of two servers may differ. */
const CLOCK_TOLERANCE_MS = 5 * 60 * 1000

/** At most this part of its lifetime before its end a token is renewed, so that short-lived tokens are not renewed all the time. */
const LARGEST_RENEWAL_SHARE = 1 / 4

const jwtPayloadSchema = z.object({ iat: z.number().check(z.nonnegative()), exp: z.number().check(z.nonnegative()) })

/**
 * How long a new token may be used, in milliseconds: the given lifetime, or `exp - iat` of a JWT when that is plausible and shorter.
 * Only the difference is used, because both are times of HubSpot's clock.
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
 * Whether a token can expire at this time: in the future, and not later than a token minted now. A token minted while the clock was
 * wrong must not be valid for years after the clock is corrected.
 */
export function isPlausibleEnd(expiresAt: number, nowMs: number, tokenLifetimeMs: number): boolean {
  return expiresAt > nowMs && expiresAt <= nowMs + tokenLifetimeMs + CLOCK_TOLERANCE_MS
}

/** Whether the token has to be renewed. */
export function isNearEnd(identification: Identification, lifetime: TokenLifetime, nowMs: number): boolean {
  const { tokenLifetimeMs, renewBeforeMs } = lifetime
  const left = identification.expiresAt - nowMs
  // Most tokens are far from their end; only near it is the JWT decoded.
  if (left > Math.min(renewBeforeMs, tokenLifetimeMs * LARGEST_RENEWAL_SHARE)) return false
  const life = lifetimeOf(identification.token, tokenLifetimeMs)
  return left <= Math.min(renewBeforeMs, life * LARGEST_RENEWAL_SHARE)
}

/** The one that expires later. */
export function fresher<A extends Identification, B extends Identification>(
  a: A | undefined,
  b: B | undefined
): A | B | undefined {
  if (!a || !b) return a ?? b
  return b.expiresAt > a.expiresAt ? b : a
}

/** What a stored identification must match. */
export type Expected = {
  readonly email: string
  readonly account: string
  readonly nowMs: number
  readonly tokenLifetimeMs: number
  /** A token that was checked before, so it need not be checked again. */
  readonly knownToken?: string | undefined
}

/**
 * Parses what was read from a session or a store. `undefined` if it is malformed, expired, too far in the future, or of another address
 * or account: sessions outlive releases, and Passport's `keepSessionInfo` copies one user's session to the next user.
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

/** Whether a value has the form of a stored identification, of any visitor. */
export function isKeptShape(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { email, token, expiresAt, account } = value as Partial<Record<keyof KeptIdentification, unknown>>
  return [email, token, account].every((text) => typeof text === 'string') && typeof expiresAt === 'number'
}

/** `exp - iat` in milliseconds; NaN when the token is not a JWT with both. */
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
