// Decisions about the result of an attempt, as pure functions: does it count for the breaker, is it retried and when, how long is the
// visitor held back.
import type { Fault } from '../errors.js'
import type { Refusal } from './hubspot-faults.js'

/** The result of an attempt: a token, HubSpot's refusal, or `shed` when HubSpot was not called. */
export type Attempt =
  | { readonly ok: true; readonly token: string; readonly status: number; readonly sentAtMs: number }
  | FailedAttempt

/** An attempt that gave no token. */
export type FailedAttempt = {
  readonly ok: false
  readonly shed?: boolean
  /** Not called on purpose: because of an earlier fault, or because HubSpot asked to wait. */
  readonly isHeldBack?: boolean
} & Refusal

/** How long a visitor whom HubSpot refused is held back: no token is asked for. */
const REFUSED_HOLD_MS = 10 * 60 * 1000
/** The same after a temporary fault. */
const PASSING_HOLD_MS = 30_000
/** How long the breaker stays open after a refused access token, which somebody has to replace. */
const CREDENTIAL_OPEN_MS = 3 * 60 * 1000
/** The same after a run of other faults. */
const SERVICE_OPEN_MS = 15_000
/** The backoff doubles from the first to the largest; half of it is random (jitter). */
const FIRST_BACKOFF_MS = 200
const LARGEST_BACKOFF_MS = 3200

/** The result of an attempt for which HubSpot was not called. */
export function shed(code: 'ERR_RATE_LIMITED' | 'ERR_UNAVAILABLE', hint: string, isHeldBack = false): FailedAttempt {
  const fault: Fault = { code, retryable: true, hint, message: `HubSpot was not called. ${hint}` }
  return { ok: false, shed: true, isHeldBack, kind: 'service', passing: false, fault }
}

/** The statuses by which HubSpot refuses a visitor's data, after it has accepted the access token. */
const REFUSED_DATA: readonly unknown[] = [400, 422]

/** Whether HubSpot works and accepts the access token: it gave a token, or refused only this visitor's data. */
export function provesHealth(attempt: Attempt): boolean {
  if (attempt.ok || attempt.kind === 'context') return true
  return isRejectedCall(attempt) && REFUSED_DATA.includes(attempt.fault.upstreamStatus)
}

/**
 * Whether a fault counts for the breaker. Limits have a wait of their own, a call that was not made tells nothing, and other refused
 * calls (407 of a proxy, for example) prove neither health nor trouble.
 */
export function provesTrouble(attempt: Attempt): attempt is FailedAttempt {
  return (
    !attempt.ok && !attempt.shed && attempt.kind !== 'limit' && attempt.kind !== 'context' && !isRejectedCall(attempt)
  )
}

function isRejectedCall({ kind, fault }: FailedAttempt): boolean {
  return kind === 'visitor' && fault.code === 'ERR_REJECTED'
}

/** Whether the fault is temporary and another attempt can begin before the deadline. */
export function mayRetry(attempt: Attempt, deadlineMs: number): boolean {
  return !attempt.ok && attempt.passing && Date.now() + (attempt.waitMs ?? 0) + LARGEST_BACKOFF_MS < deadlineMs
}

/** The wait before attempt `n + 1`: what HubSpot asked for, or the backoff if that is longer, with jitter. */
export function delayMsFor(attempt: Attempt | undefined, n: number): number {
  const waitMs = attempt && !attempt.ok ? (attempt.waitMs ?? 0) : 0
  const backoffMs = Math.min(FIRST_BACKOFF_MS * 2 ** (n - 1), LARGEST_BACKOFF_MS)
  // 10 ms more, because a wait that is too short by a rounding would be refused again.
  return Math.max(waitMs, backoffMs / 2) + (Math.random() * backoffMs) / 2 + 10
}

/** How long the breaker stays open after this attempt. */
export function openMsFor(attempt: Attempt | undefined): number {
  return attempt && !attempt.ok && attempt.kind === 'credential' ? CREDENTIAL_OPEN_MS : SERVICE_OPEN_MS
}

/**
 * How long this visitor is held back. Longer than the breaker stays open, so that the next probe is for another visitor: one whom
 * HubSpot always refuses must not keep the breaker open for all.
 */
export function holdMsFor(attempt: FailedAttempt, breakerIsOpen: boolean): number {
  if (attempt.shed || attempt.kind === 'limit') return 0
  if (attempt.kind === 'visitor' || attempt.kind === 'context') return REFUSED_HOLD_MS
  return attempt.kind === 'credential' && breakerIsOpen ? 2 * CREDENTIAL_OPEN_MS : PASSING_HOLD_MS
}
