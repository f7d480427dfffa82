// Reads HubSpot's error answers: category, correlation id, policy and waiting time. Body and headers may be malformed.
import * as z from 'zod/mini'

/** The parts of an answer that are read here. */
export type Answer = { readonly status: number; readonly headers: { get(name: string): string | null } }

/** The fields of an error; one that is not in its documented form is `undefined`. */
export type ErrorBody = {
  readonly category?: string | undefined
  readonly correlationId?: string | undefined
  readonly policy?: string | undefined
}

/** Longer waiting times are cut to this. */
export const HOUR_MS = 60 * 60 * 1000
/** HubSpot's rolling window, used when its headers do not name one: https://developers.hubspot.com/docs/developer-tooling/platform/usage-guidelines */
const RATE_WINDOW_MS = 10_000

const CATEGORY_FORM = /^[A-Z][A-Z0-9_]{0,60}$/

const text = z.catch(z.optional(z.string()), undefined)

/** All fields are optional, as HubSpot documents: https://developers.hubspot.com/docs/api-reference/error-handling */
const errorSchema = z.object({ category: text, correlationId: text, policyName: text })

/** Reads the fields of an error; all are `undefined` for a body that is not JSON. */
export function parseErrorBody({ headers }: Answer, body: string): ErrorBody {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    // An HTML error page, for example. The status still counts.
  }
  const told: z.infer<typeof errorSchema> = errorSchema.safeParse(json).data ?? {}
  return {
    category: [told.category, told.policyName].find((word) => word !== undefined && CATEGORY_FORM.test(word)),
    correlationId: [told.correlationId, headers.get('x-hubspot-correlation-id')].find(isGuid),
    policy: told.policyName
  }
}

/** The `Retry-After` header: seconds, or an HTTP date compared with the `Date` of the answer. `undefined` if malformed. */
export function readRetryAfterMs({ headers }: Answer): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+(\.\d+)?$/.test(value)) return Math.min(Number(value) * 1000, HOUR_MS)
  if (!/^[A-Z][a-z]{2}, /.test(value)) return undefined
  const waitMs = Date.parse(value) - (Date.parse(headers.get('date') ?? '') || Date.now())
  return Number.isNaN(waitMs) ? undefined : Math.min(Math.max(waitMs, 0), HOUR_MS)
}

/** The length of HubSpot's rate-limit window. */
export function readWindowMs({ headers }: Answer): number {
  const windowMs = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds'))
  return windowMs > 0 ? Math.min(windowMs, HOUR_MS) : RATE_WINDOW_MS
}

function isGuid(id: string | null | undefined): id is string {
  return z.guid().safeParse(id).success
}
