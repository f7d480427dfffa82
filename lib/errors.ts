// The error class of this library, and the plain data (`Fault`) that it is made from.

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

/** What is kept of an error that the app or a library has thrown: never its message, which can contain a secret or an address. */
export type CauseSummary = {
  readonly name: string
  readonly code?: string | undefined
  readonly syscall?: string | undefined
}

/** A failure as data. Each caller gets an error object of its own, made from it. */
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
 * The only error class of this library. `code` says what has failed, `hint` what to do about it.
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

/** The system calls that a connection can fail in. Other words are dropped: they could be personal data. */
const SYSTEM_CALLS = /^(accept|bind|connect|getaddrinfo|listen|open|query[A-Za-z]{0,10}|read|shutdown|spawn|write)$/

/** Keeps of a thrown value only what cannot carry personal data: its class name, its code and its system call. */
export function summarizeCause(thrown: unknown): CauseSummary {
  return {
    // Only the name of an error class: an app may throw a user object, whose `name` is a person's.
    name: readWord(thrown, 'name', /^[A-Za-z]{0,40}(Error|Exception)$/) ?? 'Error',
    code: readWord(thrown, 'code', /^[A-Z][A-Z0-9_]{0,60}$/),
    syscall: readWord(thrown, 'syscall', SYSTEM_CALLS)
  }
}

/** Reads one property of anything that can be thrown; `undefined` when a getter throws. */
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
