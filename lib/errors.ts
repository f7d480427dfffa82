// The one error of this library, and the plain data (`Fault`) it is made from; nothing here knows HubSpot's HTTP.

/** Every code this library can report. Codes are stable; messages may be reworded. */
export type HubSpotIdentificationErrorCode =
  | 'ERR_OPTIONS_INVALID'
  | 'ERR_SESSION_MISSING'
  | 'ERR_VISITOR_INVALID'
  | 'ERR_ACCESS_TOKEN'
  | 'ERR_UNAUTHORIZED'
  | 'ERR_FORBIDDEN'
  | 'ERR_REJECTED'
  | 'ERR_RATE_LIMITED'
  | 'ERR_UNAVAILABLE'
  | 'ERR_BAD_RESPONSE'
  | 'ERR_CACHE_STORE'
  | 'ERR_PUBLIC_CACHE'

/** What may be told of somebody else's error: never its message, which can quote a secret or an address. */
export type CauseSummary = {
  readonly name: string
  readonly code?: string | undefined
  readonly syscall?: string | undefined
}

/** A failure as data. Errors are made from it at the moment they are handed out, so that no two callers share one. */
export type Fault = {
  readonly code: HubSpotIdentificationErrorCode
  readonly message: string
  readonly hint: string
  readonly retryable?: boolean | undefined
  readonly upstreamStatus?: number | undefined
  readonly upstreamCategory?: string | undefined
  readonly correlationId?: string | undefined
  readonly cause?: CauseSummary | undefined
}

/**
 * The one error of this library; tell faults apart by `code`, and tell the operator `hint`.
 *
 * It never holds an access token, a token, an email address, a name or text from upstream.
 *
 * @example
 * onError: (error) => logger.warn({ code: error.code, hint: error.hint, upstreamStatus: error.upstreamStatus })
 */
export class HubSpotIdentificationError extends Error {
  override readonly name = 'HubSpotIdentificationError'

  /** Which fault it is; stable, unlike the message. */
  readonly code: HubSpotIdentificationErrorCode

  /** What to do about it, in one sentence. */
  readonly hint: string

  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean

  /** HubSpot's HTTP status. Not called `status`: Express would make it the page's. */
  declare readonly upstreamStatus?: number

  /** HubSpot's `category` (or `policyName` of a 429), in its documented form: upper-case words. */
  declare readonly upstreamCategory?: string

  /** HubSpot's id of the failed call, a UUID: what its support asks for. */
  declare readonly correlationId?: string

  constructor(fault: Fault) {
    super(fault.message, fault.cause && { cause: errorFromSummary(fault.cause) })
    this.code = fault.code
    this.hint = fault.hint
    this.retryable = fault.retryable ?? false
    if (fault.upstreamStatus !== undefined) this.upstreamStatus = fault.upstreamStatus
    if (fault.upstreamCategory !== undefined) this.upstreamCategory = fault.upstreamCategory
    if (fault.correlationId !== undefined) this.correlationId = fault.correlationId
  }
}

/** Those a connection can fail in; any other lower-case word could be anything. */
const SYSTEM_CALLS = /^(accept|bind|connect|getaddrinfo|listen|open|query[A-Za-z]{0,10}|read|shutdown|spawn|write)$/

/** Keeps of a thrown value only what cannot carry personal data: its class name, its code and its system call. */
export function summarizeCause(thrown: unknown): CauseSummary {
  return {
    // Only what names an error class: an app may throw a whole user, whose `name` is a person's.
    name: readWord(thrown, 'name', /^[A-Za-z]{0,40}(Error|Exception)$/) ?? 'Error',
    code: readWord(thrown, 'code', /^[A-Z][A-Z0-9_]{0,60}$/),
    syscall: readWord(thrown, 'syscall', SYSTEM_CALLS)
  }
}

/** Reads one property of anything that can be thrown, a getter that throws included. */
function readWord(thrown: unknown, key: string, form: RegExp): string | undefined {
  try {
    const value: unknown = Object(thrown)[key]
    return typeof value === 'string' && form.test(value) ? value : undefined
  } catch {
    return undefined
  }
}

function errorFromSummary(summary: CauseSummary): Error {
  const error = new Error(summary.code ?? summary.name)
  error.name = summary.name
  if (summary.code !== undefined) Object.assign(error, { code: summary.code })
  if (summary.syscall !== undefined) Object.assign(error, { syscall: summary.syscall })
  return error
}
