// Makes a fault of an answer that gives no token (401, 429, a network error, ...): its code, its message, and whom it concerns.
import type { CauseSummary, Fault } from '../errors.js'
import { type Answer, HOUR_MS, parseErrorBody, readRetryAfterMs, readWindowMs } from './error-answer.js'

/**
 * What a refusal is about: the account's `credential`, the account's `limit`, the `service` as a whole, or this `visitor` alone;
 * `context` is a 400 that names `hsCustomerAgentContext`.
 */
export type RefusalKind = 'credential' | 'limit' | 'service' | 'visitor' | 'context'

/** A call that gave no token. */
export type Refusal = {
  readonly fault: Fault
  readonly kind: RefusalKind
  /** Whether the same call may succeed a little later. */
  readonly passing: boolean
  /** How long to wait, in milliseconds, as HubSpot says or documents. */
  readonly waitMs?: number | undefined
}

/** A 423 lock lasts two seconds: https://developers.hubspot.com/docs/api-reference/error-handling */
const LOCK_MS = 2000
/** The shortest wait after a 429 or 477, so that not all visitors ask again at once. */
const SHORTEST_LIMIT_MS = 1000
/** The wait after a 477 (the account is moved to another data centre) that names none. */
const MOVING_MS = 10 * 60 * 1000

/** Temporary errors. The other 5xx, such as 525 and 526 (TLS), need somebody to act. */
const PASSING = new Set([500, 502, 503, 504, 521, 522, 523, 524])

/** The fault of an answer that is no 2xx, by status and category, never by HubSpot's wording. */
export function faultFromStatus(answer: Answer, body: string): { ok: false } & Refusal {
  const { status } = answer
  const told = parseErrorBody(answer, body)
  const waitMs = readRetryAfterMs(answer)
  const about = { upstreamStatus: status, upstreamCategory: told.category, correlationId: told.correlationId }
  const refuse = (refusal: Omit<Refusal, 'fault'>, fault: Omit<Fault, 'message'>) => ({
    ok: false as const,
    waitMs,
    ...refusal,
    fault: { ...fault, ...about, message: `HubSpot answered ${status}. ${fault.hint}` }
  })

  // With `redirect: 'manual'` a fetch that follows the standard gives status 0 for a redirect: https://fetch.spec.whatwg.org/#concept-filtered-response-opaque-redirect
  if (status === 0 || (status >= 300 && status < 400)) {
    return refuse(
      { kind: 'service', passing: false },
      { code: 'ERR_BAD_RESPONSE', hint: 'Redirects are not followed: check "baseUrl".' }
    )
  }
  switch (status) {
    case 400:
      return refuse({ kind: body.includes('hsCustomerAgentContext') ? 'context' : 'visitor', passing: false }, REJECTED)
    case 401:
      return refuse(
        { kind: 'credential', passing: false },
        {
          code: 'ERR_UNAUTHORIZED',
          hint: 'The access token is wrong, expired or revoked: put a current one of this HubSpot account into "accessToken".'
        }
      )
    case 403:
      return refuse(
        { kind: 'credential', passing: false },
        { code: 'ERR_FORBIDDEN', hint: forbiddenHint(told.category) }
      )
    case 404:
      return refuse(
        { kind: 'service', passing: false },
        {
          code: 'ERR_REJECTED',
          hint: 'HubSpot does not know this path: check "apiVersion" (2026-09 is current) and "baseUrl".'
        }
      )
    case 423:
      return refuse(
        { kind: 'service', passing: true, waitMs: Math.max(waitMs ?? 0, LOCK_MS) },
        {
          code: 'ERR_REJECTED',
          retryable: true,
          hint: 'HubSpot has locked this record for a moment; the call is retried automatically.'
        }
      )
    case 429:
      return refuse(limitFrom(told.policy, waitMs ?? readWindowMs(answer)), {
        code: 'ERR_RATE_LIMITED',
        retryable: true,
        hint:
          told.policy === 'DAILY'
            ? "The HubSpot account has used up its calls of the day: look for what else calls HubSpot, or raise the account's limit."
            : 'This HubSpot app makes too many calls at once: share one budget between processes with "rateLimiter".'
      })
    case 477:
      return refuse(
        { kind: 'limit', passing: false, waitMs: waitMs ? Math.max(waitMs, SHORTEST_LIMIT_MS) : MOVING_MS },
        {
          code: 'ERR_REJECTED',
          retryable: true,
          hint: 'HubSpot is moving this account to another data centre; wait until that has ended.'
        }
      )
    default:
      break
  }
  if (status < 500) return refuse({ kind: 'visitor', passing: false }, status === 422 ? REJECTED : CALL_REJECTED)
  return refuse({ kind: 'service', passing: PASSING.has(status) }, PASSING.has(status) ? UNAVAILABLE : UNUSABLE)
}

/** The fault of a 2xx without a usable token. */
export function badResponse(status: number, what: string): { ok: false } & Refusal {
  const hint =
    'Something between this server and HubSpot answers in its place, or HubSpot changed: check "baseUrl" and proxies.'
  return {
    ok: false,
    kind: 'visitor',
    passing: false,
    fault: { code: 'ERR_BAD_RESPONSE', message: `HubSpot's answer ${what}. ${hint}`, hint, upstreamStatus: status }
  }
}

/** The fault of a call that got no answer. */
export function networkFault(cause: CauseSummary, timedOut: boolean): { ok: false } & Refusal {
  const hint = timedOut
    ? 'HubSpot did not answer in time; the call is retried automatically; if this persists, check the network or raise "timeoutMs".'
    : 'HubSpot could not be reached; the call is retried automatically; if this persists, check the network, DNS and proxy.'
  return {
    ok: false,
    kind: 'service',
    passing: true,
    fault: { code: 'ERR_UNAVAILABLE', retryable: true, message: hint, hint, cause }
  }
}

const REJECTED: Omit<Fault, 'message'> = {
  code: 'ERR_REJECTED',
  hint: 'HubSpot refuses this visitor: check the address and "customerAgentContext", or ask HubSpot with the correlation id.'
}

/** Other 4xx are hardly about the visitor's data: 405, 407 of a proxy, a firewall. */
const CALL_REJECTED: Omit<Fault, 'message'> = {
  code: 'ERR_REJECTED',
  hint: 'The call itself was refused, by HubSpot or by a proxy on the way: check "baseUrl", "agent" and proxies.'
}

const UNAVAILABLE: Omit<Fault, 'message'> = {
  code: 'ERR_UNAVAILABLE',
  retryable: true,
  hint: 'HubSpot is not available; the call is retried automatically; if this persists, see status.hubspot.com.'
}

const UNUSABLE: Omit<Fault, 'message'> = {
  code: 'ERR_UNAVAILABLE',
  hint: 'HubSpot, or a proxy on the way, cannot serve this call: see status.hubspot.com, and check proxies.'
}

/** A short window is waited for and retried; the daily limit is not. Both stop the calls for all visitors meanwhile. */
function limitFrom(policy: string | undefined, waitMs: number): Omit<Refusal, 'fault'> {
  if (policy === 'DAILY') return { kind: 'limit', passing: false, waitMs: HOUR_MS }
  return { kind: 'limit', passing: true, waitMs: Math.max(waitMs, SHORTEST_LIMIT_MS) }
}

/** HubSpot documents 403 for a missing scope and for a plan that is too low; only the first has a documented category. */
function forbiddenHint(category: string | undefined): string {
  if (category === 'MISSING_SCOPES') {
    return 'The access token lacks a scope: add conversations.visitor_identification.tokens.create to it in HubSpot.'
  }
  if (category === 'USER_DOES_NOT_HAVE_PERMISSIONS') {
    return 'The HubSpot user who made this access token has lost the permission: rotate the token or make a new one.'
  }
  return 'The HubSpot plan is too low (Professional or Enterprise is needed), or the access token lacks the scope conversations.visitor_identification.tokens.create.'
}
