// The result of one check of the doctor, as plain data; report.ts prints it.

/** The name of a check in the JSON output; a stable interface. */
export type CheckId =
  | 'credential'
  | 'api-version'
  | 'accepted'
  | 'scope'
  | 'plan'
  | 'mint'
  | 'token-lifetime'
  | 'region'
  | 'portal'
  | 'loader'
  | 'clock'
  | 'rate-budget'
  | 'page'
  | 'page-snippet'
  | 'page-order'
  | 'page-loader'
  | 'page-csp-script'
  | 'page-csp-hosts'
  | 'page-csp-styles'
  | 'page-cache'
  | 'page-identity'

/** `skipped`: could not be checked. `warning`: works for now. Neither makes the doctor fail. */
export type CheckStatus = 'ok' | 'failed' | 'skipped' | 'warning'

/**
 * One line of the doctor's output. It never contains the credential, a token, an email address, a cookie, or free text from
 * HubSpot or from a page.
 */
export type Check = {
  readonly id: CheckId
  readonly status: CheckStatus
  /** What was found, as a sentence. */
  readonly message: string
  /** What to do about it, as a sentence. */
  readonly hint?: string
}

/** The check passed. */
export function ok(id: CheckId, message: string): Check {
  return { id, status: 'ok', message }
}

/** The visitor is not identified, or not reliably, until the cause is fixed. */
export function failed(id: CheckId, message: string, hint: string): Check {
  return { id, status: 'failed', message, hint }
}

/** Works, but needs attention. */
export function warning(id: CheckId, message: string, hint: string): Check {
  return { id, status: 'warning', message, hint }
}

/** Could not be checked; the message gives the reason. */
export function skipped(id: CheckId, message: string): Check {
  return { id, status: 'skipped', message }
}
