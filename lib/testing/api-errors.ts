// HubSpot's documented error bodies, one function each; api.ts decides which is sent.
import { randomUUID } from 'node:crypto'
import { type Answer, jsonAnswer } from './answer.js'
import type { RateLimitPolicy } from './rate-limit.js'

/** The scope that minting needs, https://developers.hubspot.com/docs/api-reference/legacy/conversations/visitor-identification/guide */
export const MINT_SCOPE = 'conversations.visitor_identification.tokens.create'

/** One entry of `errors[]`. */
export type ErrorDetail = { message: string; code?: string; in?: string; context?: Record<string, string[]> }

type ErrorBody = {
  message: string
  category?: string
  errors?: ErrorDetail[]
  links?: Record<string, string>
  errorType?: string
  policyName?: string
}

/** An error answer in HubSpot's form, https://developers.hubspot.com/docs/api-reference/error-handling */
export function errorAnswer(status: number, body: ErrorBody, headers: Record<string, string> = {}): Answer {
  const correlationId = randomUUID()
  const { message, ...rest } = body
  return jsonAnswer(
    status,
    { status: 'error', message, correlationId, ...rest },
    { 'X-HubSpot-Correlation-Id': correlationId, ...headers }
  )
}

/** 401: the credential is missing, malformed, unknown, revoked or rotated. */
export function invalidAuthentication(): Answer {
  return errorAnswer(401, {
    message:
      'Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details ' +
      'at https://developers.hubspot.com/docs/methods/auth/oauth-overview',
    category: 'INVALID_AUTHENTICATION'
  })
}

/** 403: the credential lacks the scope of the call. */
export function missingScopes(scopes: string[]): Answer {
  return errorAnswer(403, {
    message:
      "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: " +
      'https://developers.hubspot.com/scopes.',
    category: 'MISSING_SCOPES',
    errors: [{ message: 'One or more of the following scopes are required.', context: { requiredScopes: scopes } }],
    links: { scopes: 'https://developers.hubspot.com/scopes' }
  })
}

/** 400: the request's body is not what the call needs. */
export function validationError(message: string, errors: ErrorDetail[]): Answer {
  return errorAnswer(400, { message, category: 'VALIDATION_ERROR', errors })
}

/** 429: this error has `errorType` instead of `category`. */
export function rateLimited(policyName: RateLimitPolicy): Answer {
  const limit = policyName === 'DAILY' ? 'daily' : 'ten_secondly_rolling'
  return errorAnswer(429, { message: `You have reached your ${limit} limit.`, errorType: 'RATE_LIMIT', policyName })
}

/** 404: no such path or version. */
export function notFound(): Answer {
  return errorAnswer(404, { message: 'resource not found', category: 'OBJECT_NOT_FOUND' })
}

/** 405: the path exists for another method. */
export function methodNotAllowed(allow: string): Answer {
  return errorAnswer(405, { message: 'HTTP 405 Method Not Allowed', category: 'METHOD_NOT_ALLOWED' }, { allow })
}

/** HubSpot's documented answer for a status, for faults that give only the status. */
export function answerForStatus(status: number, policyName?: RateLimitPolicy): Answer {
  if (status === 400) return validationError('Invalid input', [{ message: 'Invalid input', in: 'email' }])
  if (status === 401) return invalidAuthentication()
  if (status === 403) return missingScopes([MINT_SCOPE])
  if (status === 404) return notFound()
  if (status === 405) return methodNotAllowed('POST')
  if (status === 429) return rateLimited(policyName ?? 'TEN_SECONDLY_ROLLING')
  if (status === 423) return errorAnswer(423, { message: 'This resource is locked.', category: 'LOCKED' })
  if (status === 477) {
    const message = 'The account is being moved between data centres.'
    return errorAnswer(477, { message, category: 'MIGRATION_IN_PROGRESS' }, { 'retry-after': '3600' })
  }
  if (status < 400) return { status, headers: {}, body: '' }
  return errorAnswer(status, { message: `The simulator was told to answer ${status}.`, category: 'INTERNAL_ERROR' })
}
