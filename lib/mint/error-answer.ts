// What a refusal of HubSpot says: category, id, policy and waiting time, read from body and headers that may be anything.
import * as z from 'zod/mini'

/** The part of an answer that is read here. */
export type Answer = { readonly status: number; readonly headers: { get(name: string): string | null } }

/** What the body told, each in its documented form or not at all. */
export type ErrorBody = {
  readonly category?: string | undefined
  readonly correlationId?: string | undefined
  readonly policy?: string | undefined
}

/** The longest wait that is believed. */
export const HOUR_MS = 60 * 60 * 1000
/** HubSpot's rolling window, when its headers do not tell: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
const RATE_WINDOW_MS = 10_000

const CATEGORY_FORM = /^[A-Z][A-Z0-9_]{0,60}$/

const text = z.catch(z.optional(z.string()), undefined)

/** All fields optional, as HubSpot asks: https://developers.hubspot.com/docs/api-reference/error-handling */
const errorSchema = z.object({ category: text, correlationId: text, policyName: text })

/** Reads the fields that may be kept; a web page, or junk, tells nothing. */
export function parseErrorBody({ headers }: Answer, body: string): ErrorBody {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    // An HTML error page; the status says what can be said.
  }
  const told: z.infer<typeof errorSchema> = errorSchema.safeParse(json).data ?? {}
  return {
    category: [told.category, told.policyName].find((word) => word !== undefined && CATEGORY_FORM.test(word)),
    correlationId: [told.correlationId, headers.get('x-hubspot-correlation-id')].find(isGuid),
    policy: told.policyName
  }
}

/** Seconds or an HTTP date, which is read against the answer's own clock; junk is as good as nothing. */
export function readRetryAfterMs({ headers }: Answer): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Number(value) * 1000, HOUR_MS)
  if (!/^[A-Z][a-z]{2}, /.test(value)) return undefined
  const waitMs = Date.parse(value) - (Date.parse(headers.get('date') ?? '') || Date.now())
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), HOUR_MS)
}

/** How long HubSpot's window is. */
export function readWindowMs({ headers }: Answer): number {
  const windowMs = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds'))
  return windowMs > 0 ? Math.min(windowMs, HOUR_MS) : RATE_WINDOW_MS
}

function isGuid(id: string | null | undefined): id is string {
  return z.guid().safeParse(id).success
}
