// What one check of the doctor found, as plain data; how it is printed is report.ts.

/** What a check is called in the JSON output; stable. */
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

/** `skipped` could not be told; `warning` works for now. Neither makes the doctor fail. */
export type CheckStatus = 'ok' | 'failed' | 'skipped' | 'warning'

/** One line of the doctor. It never holds the credential, a token, an address, a cookie, or text from upstream or of a page. */
export type Check = {
  readonly id: CheckId
  readonly status: CheckStatus
  /** What was found, as a sentence. */
  readonly message: string
  /** The one thing to do, as a sentence. */
  readonly hint?: string
}

/** All is well. */
export function ok(id: CheckId, message: string): Check {
  return { id, status: 'ok', message }
}

/** The chat is not identified, or not reliably, until somebody acts. */
export function failed(id: CheckId, message: string, hint: string): Check {
  return { id, status: 'failed', message, hint }
}

/** Works, but somebody should act. */
export function warning(id: CheckId, message: string, hint: string): Check {
  return { id, status: 'warning', message, hint }
}

/** Could not be told, and why. */
export function skipped(id: CheckId, message: string): Check {
  return { id, status: 'skipped', message }
}
