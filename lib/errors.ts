// The error class of this library, and `Fault`: the plain data that each error is made from.

/** Every error code of this library. Codes are stable; messages may be reworded. */
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

/** What is kept of an error thrown by the app or a library. Not its message, which can contain a secret or an address. */
export type CauseSummary = {
  readonly name: string
  readonly code?: string | undefined
  readonly syscall?: string | undefined
}

/** A failure as plain data. Every caller gets a new error object made from it. */
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
 * The only error class of this library. `code` says what failed, `hint` what to do about it.
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

  /** Whether the same call may succeed later without a change on your side. */
  readonly retryable: boolean

  /** HubSpot's HTTP status. Not named `status`: Express would use that as the status of the page. */
  declare readonly upstreamStatus?: number

  /** HubSpot's `category` (or `policyName` of a 429), in its documented form: upper-case words. */
  declare readonly upstreamCategory?: string

  /** HubSpot's id of the failed call, a UUID. HubSpot's support asks for it. */
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

/** Creates an `ERR_OPTIONS_INVALID`. `what` is a whole sentence; the message is both sentences. */
export function optionsError(what: string, hint: string, cause?: CauseSummary): HubSpotIdentificationError {
  return new HubSpotIdentificationError({ code: 'ERR_OPTIONS_INVALID', message: `${what} ${hint}`, hint, cause })
}

/** System calls of network errors. Other values are dropped: they could be personal data. */
const SYSTEM_CALLS = /^(accept|bind|connect|getaddrinfo|listen|open|query[A-Za-z]{0,10}|read|shutdown|spawn|write)$/

/** Keeps only those parts of a thrown value that cannot hold personal data: class name, code and system call. */
export function summarizeCause(thrown: unknown): CauseSummary {
  return {
    // Only names of error classes: an app may throw a user object, whose `name` is the name of a person.
    name: readWord(thrown, 'name', /^[A-Za-z]{0,40}(Error|Exception)$/) ?? 'Error',
    code: readWord(thrown, 'code', /^[A-Z][A-Z0-9_]{0,60}$/),
    syscall: readWord(thrown, 'syscall', SYSTEM_CALLS)
  }
}

/** Reads one string property of a thrown value; `undefined` when it is not of this form, or its getter throws. */
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
