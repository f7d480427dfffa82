// From HubSpot's answer to a fault: what it means for this visitor, for everybody, and for the operator.
import { z } from 'zod'
import type { CauseSummary, Fault } from '../errors.js'

/**
 * What a refusal speaks of: the account's `credential`, the account's `limit`, the `service` as a whole, or this `visitor`
 * alone; `context` is a 400 that names `hsCustomerAgentContext`.
 */
export type RefusalKind = 'credential' | 'limit' | 'service' | 'visitor' | 'context'

/** A call that gave no token. */
export type Refusal = {
  readonly fault: Fault
  readonly kind: RefusalKind
  /** Whether the same call may succeed a little later. */
  readonly passing: boolean
  /** How long HubSpot asks to wait, in milliseconds. */
  readonly waitMs?: number | undefined
}

type Answer = { readonly status: number; readonly headers: { get(name: string): string | null } }

/** All fields optional, as HubSpot asks: https://developers.hubspot.com/docs/api-reference/error-handling */
const errorSchema = z
  .object({
    category: z.string(),
    correlationId: z.string(),
    policyName: z.string()
  })
  .partial()

const CATEGORY_FORM = /^[A-Z][A-Z0-9_]{0,60}$/
const HOUR_MS = 60 * 60 * 1000
/** HubSpot's rolling window, when its headers do not tell: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
const RATE_WINDOW_MS = 10_000
/** A 423 lock lasts two seconds: https://developers.hubspot.com/docs/api-reference/error-handling */
const LOCK_MS = 2000
/** An account that moves between data centres (477) without saying for how long. */
const MOVING_MS = 10 * 60 * 1000

/** HubSpot's faults that pass; 525, 526 and the rest need somebody to act. */
const PASSING = new Set([500, 502, 503, 504, 521, 522, 523, 524])

/** The fault of an answer that is no 2xx. Decided by status and category, never by HubSpot's wording. */
export function faultFromStatus(answer: Answer, body: string): { ok: false } & Refusal {
  const { status } = answer
  const told = parseError(answer, body)
  const waitMs = readRetryAfter(answer)
  const about = { upstreamStatus: status, upstreamCategory: told.category, correlationId: told.correlationId }
  const refuse = (refusal: Omit<Refusal, 'fault'>, fault: Omit<Fault, 'message'>) => ({
    ok: false as const,
    waitMs,
    ...refusal,
    fault: { ...fault, ...about, message: `HubSpot answered ${status}. ${fault.hint}` }
  })

  if (status >= 300 && status < 400) {
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
          hint: 'HubSpot has locked this record for a moment; it is tried again by itself.'
        }
      )
    case 429:
      return refuse(limitFrom(told.policy, waitMs ?? readWindow(answer)), {
        code: 'ERR_RATE_LIMITED',
        retryable: true,
        hint:
          told.policy === 'DAILY'
            ? "The HubSpot account has used up its calls of the day: look for what else calls HubSpot, or raise the account's limit."
            : 'This HubSpot app makes too many calls at once: share one budget between processes with "rateLimiter".'
      })
    case 477:
      return refuse(
        { kind: 'limit', passing: false, waitMs: Math.min(waitMs ?? MOVING_MS, HOUR_MS) },
        {
          code: 'ERR_REJECTED',
          retryable: true,
          hint: 'HubSpot is moving this account to another data centre; nothing can be done but wait.'
        }
      )
    default:
      break
  }
  if (status < 500) return refuse({ kind: 'visitor', passing: false }, REJECTED)
  return refuse(
    { kind: 'service', passing: PASSING.has(status) },
    {
      code: 'ERR_UNAVAILABLE',
      retryable: PASSING.has(status),
      hint: 'HubSpot is not available; it is tried again by itself. If it lasts, look at status.hubspot.com.'
    }
  )
}

/** A 2xx that is of no use. */
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

/** No answer at all. */
export function networkFault(cause: CauseSummary, timedOut: boolean): { ok: false } & Refusal {
  const hint = timedOut
    ? 'HubSpot did not answer in time; it is tried again by itself. If it lasts, look at the network or raise "timeoutMs".'
    : 'HubSpot could not be reached; it is tried again by itself. If it lasts, check the network, DNS and proxy.'
  return {
    ok: false,
    kind: 'service',
    passing: true,
    fault: { code: 'ERR_UNAVAILABLE', retryable: true, message: hint, hint, cause }
  }
}

const REJECTED: Omit<Fault, 'message'> = {
  code: 'ERR_REJECTED',
  hint: 'HubSpot refuses this visitor: look the correlation id up with HubSpot, and check the address and "customerAgentContext".'
}

/** A window is waited for; a day is not. Both hold everybody back. */
function limitFrom(policy: string | undefined, waitMs: number): Omit<Refusal, 'fault'> {
  if (policy === 'DAILY') return { kind: 'limit', passing: false, waitMs: HOUR_MS }
  return { kind: 'limit', passing: true, waitMs: Math.min(waitMs, HOUR_MS) }
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

function parseError(answer: Answer, body: string): { category?: string; correlationId?: string; policy?: string } {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    // An HTML error page; the status says what can be said.
  }
  const told = errorSchema.safeParse(json).data ?? {}
  const category = [told.category, told.policyName].find((word) => word !== undefined && CATEGORY_FORM.test(word))
  const correlationId = [told.correlationId, answer.headers.get('x-hubspot-correlation-id')].find(
    (id) => z.guid().safeParse(id).success
  )
  return {
    ...(category ? { category } : undefined),
    ...(correlationId ? { correlationId } : undefined),
    ...(told.policyName ? { policy: told.policyName } : undefined)
  }
}

/** Seconds or an HTTP date, which is read against the answer's own clock; junk is as good as nothing. */
function readRetryAfter({ headers }: Answer): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d{1,9}(\.\d+)?$/.test(value)) return Math.min(Number(value) * 1000, HOUR_MS)
  if (!/^[A-Z][a-z]{2}, /.test(value)) return undefined
  const waitMs = Date.parse(value) - (Date.parse(headers.get('date') ?? '') || Date.now())
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), HOUR_MS)
}

function readWindow({ headers }: Answer): number {
  const windowMs = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds'))
  return windowMs > 0 ? Math.min(windowMs, HOUR_MS) : RATE_WINDOW_MS
}
