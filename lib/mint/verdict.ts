// Pure verdicts on one attempt: what it proves, whether and when to try again, and for how long to leave whom alone.
import type { Fault } from '../errors.js'
import type { Refusal } from './refusal.js'

/** One attempt: a token, HubSpot's refusal, or `shed` when HubSpot was not asked. */
export type Attempt =
  | { readonly ok: true; readonly token: string; readonly status: number; readonly sentAtMs: number }
  | FailedAttempt

/** An attempt that gave no token. */
export type FailedAttempt = {
  readonly ok: false
  readonly shed?: boolean
  /** Shed because HubSpot is left alone on purpose, after an earlier fault or because it asked for that. */
  readonly isHeldBack?: boolean
} & Refusal

/** A visitor whom HubSpot refuses is not asked for again for this long. */
const REFUSED_HOLD_MS = 10 * 60 * 1000
/** The same after a fault that passes. */
const PASSING_HOLD_MS = 30_000
/** How long the breaker stays open after a refused credential: somebody has to act. */
const CREDENTIAL_OPEN_MS = 3 * 60 * 1000
/** The same after a run of other faults. */
const SERVICE_OPEN_MS = 15_000
/** Where the backoff between attempts starts; it doubles up to the largest, and a random half of it is jitter. */
const FIRST_BACKOFF_MS = 200
const LARGEST_BACKOFF_MS = 3200

/** What a mint is told when HubSpot was not asked. */
export function shed(code: 'ERR_RATE_LIMITED' | 'ERR_UNAVAILABLE', hint: string, isHeldBack = false): FailedAttempt {
  const fault: Fault = { code, retryable: true, hint, message: `HubSpot was not asked. ${hint}` }
  return { ok: false, shed: true, isHeldBack, kind: 'service', passing: false, fault }
}

/** What HubSpot says of a visitor's data, once it has accepted the credential. */
const REFUSED_DATA: readonly unknown[] = [400, 422]

/** A token proves that HubSpot works and accepts the credential; so does a refusal of this one visitor's data. */
export function provesHealth(attempt: Attempt): boolean {
  if (attempt.ok || attempt.kind === 'context') return true
  return isRejectedCall(attempt) && REFUSED_DATA.includes(attempt.fault.upstreamStatus)
}

/**
 * Whether a fault speaks against HubSpot. A limit has a hold of its own, of HubSpot nothing is known when it was not asked, and
 * other refused calls (a proxy's 407, say) prove neither.
 */
export function provesTrouble(attempt: Attempt): attempt is FailedAttempt {
  return (
    !attempt.ok && !attempt.shed && attempt.kind !== 'limit' && attempt.kind !== 'context' && !isRejectedCall(attempt)
  )
}

function isRejectedCall({ kind, fault }: FailedAttempt): boolean {
  return kind === 'visitor' && fault.code === 'ERR_REJECTED'
}

/** Whether the next attempt can still begin before the mint must end. */
export function mayRetry(attempt: Attempt, deadlineMs: number): boolean {
  return !attempt.ok && attempt.passing && Date.now() + (attempt.waitMs ?? 0) + LARGEST_BACKOFF_MS < deadlineMs
}

/** The wait before attempt `n + 1`: what HubSpot asked for, or a doubling backoff, both with jitter. */
export function delayMsFor(attempt: Attempt | undefined, n: number): number {
  const waitMs = attempt && !attempt.ok ? (attempt.waitMs ?? 0) : 0
  const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (n - 1), LARGEST_BACKOFF_MS)
  // The few milliseconds on top: a wait that ends too early by a rounding is another refusal.
  return Math.max(waitMs, backoffMs / 2) + (Math.random() * backoffMs) / 2 + 10
}

/** How long the breaker stays open after this attempt. */
export function openMsFor(attempt: Attempt | undefined): number {
  return attempt && !attempt.ok && attempt.kind === 'credential' ? CREDENTIAL_OPEN_MS : SERVICE_OPEN_MS
}

/**
 * How long this visitor is not asked for again. Longer than the breaker stays open, so that the next probe is somebody else:
 * a visitor whom HubSpot always refuses must not keep the others waiting.
 */
export function holdMsFor(attempt: FailedAttempt, breakerIsOpen: boolean): number {
  if (attempt.shed || attempt.kind === 'limit') return 0
  if (attempt.kind === 'visitor' || attempt.kind === 'context') return REFUSED_HOLD_MS
  return attempt.kind === 'credential' && breakerIsOpen ? 2 * CREDENTIAL_OPEN_MS : PASSING_HOLD_MS
}
