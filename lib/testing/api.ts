// The part of HubSpot's REST API that identification needs: minting and the account's details, without faults and sockets.
import { randomUUID } from 'node:crypto'
import * as z from 'zod/mini'
import { type Answer, jsonAnswer } from './answer.js'
import {
  type ErrorDetail,
  invalidAuthentication,
  MINT_SCOPE,
  methodNotAllowed,
  missingScopes,
  notFound,
  rateLimited,
  validationError
} from './api-errors.js'
import { ENGLISH } from './english.js'
import type { RateMeter } from './rate-limit.js'
import type { SimulatorRequest } from './requests.js'
import type { TokenSigner } from './tokens.js'

/** The simulated account. */
export type Account = {
  accessToken: string | undefined
  scopes: readonly string[]
  portalId: string
  region: string
  signer: TokenSigner
  meter: RateMeter
}

/**
 * Every version of the path, old ones included, https://developers.hubspot.com/docs/api-reference/2026-03/conversations/visitor-identification/create-visitor-identification
 * and the legacy pages beside it.
 */
const MINT_PATH =
  /^\/(?:conversations\/v3\/visitor-identification|visitor-identification\/(?:v3|2025-09|2026-03|2026-09))\/tokens\/create\/?$/

const DETAILS_PATH = /^\/account-info\/(?:v3|20\d\d-\d\d)\/details\/?$/

/** `null` counts as missing, as in HubSpot's optional fields. */
const mintSchema = z.object({
  email: z.string().check(z.refine((email) => email.trim() !== '', 'must not be empty')),
  firstName: z.nullish(z.string()),
  lastName: z.nullish(z.string()),
  hsCustomerAgentContext: z.nullish(z.record(z.string(), z.string()))
})

/** Whether a path is that of the mint call, for any method. */
export function isMintPath(path: string): boolean {
  return MINT_PATH.test(pathname(path))
}

/** Answers one call like HubSpot. Checks path, method, credential, limit, scope and body, in this order. */
export function answerApiCall(account: Account, request: SimulatorRequest): Answer {
  const mints = isMintPath(request.path)
  if (!mints && !DETAILS_PATH.test(pathname(request.path))) return notFound()
  const method = mints ? 'POST' : 'GET'
  if (request.method !== method) return methodNotAllowed(method)
  if (!isAuthenticated(account, request)) return invalidAuthentication()
  const exceeded = account.meter.take()
  const answer = exceeded ? rateLimited(exceeded) : mints ? answerMint(account, request.body) : answerDetails(account)
  const headers = { 'X-HubSpot-Correlation-Id': randomUUID(), ...answer.headers, ...account.meter.headers() }
  return { ...answer, headers }
}

function pathname(path: string): string {
  return path.split('?', 1)[0] ?? ''
}

function isAuthenticated(account: Account, request: SimulatorRequest): boolean {
  const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
  return given !== undefined && (account.accessToken === undefined || given === account.accessToken)
}

function answerMint(account: Account, body: unknown): Answer {
  if (!account.scopes.includes(MINT_SCOPE)) return missingScopes([MINT_SCOPE])
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    const message = 'Invalid input JSON: the body must be a JSON object'
    return validationError(message, [{ message, in: 'body', code: 'INVALID_JSON' }])
  }
  const parsed = mintSchema.safeParse(body, ENGLISH)
  if (!parsed.success) return refuseFields(parsed.error.issues, body)
  const { email, firstName, lastName } = parsed.data
  return jsonAnswer(200, {
    token: account.signer.mint({ email, ...(firstName ? { firstName } : {}), ...(lastName ? { lastName } : {}) })
  })
}

function refuseFields(issues: readonly z.core.$ZodIssue[], body: object): Answer {
  const errors = issues.map((issue): ErrorDetail => {
    const field = String(issue.path[0])
    const missing = !(field in body)
    return {
      message: missing ? `Some required fields were not set: [${field}]` : `Invalid value for field ${field}`,
      code: missing ? 'REQUIRED_FIELD' : 'INVALID_FIELD',
      in: field,
      context: { fields: [issue.path.join('.')] }
    }
  })
  return validationError(`Invalid input JSON: ${errors[0]?.message ?? ''}`, errors)
}

/** The fields of HubSpot's account-information guide that identify the account and its data centre. */
function answerDetails(account: Account): Answer {
  const host = account.region === 'na1' ? 'app' : `app-${account.region}`
  return jsonAnswer(200, {
    portalId: Number(account.portalId),
    accountType: 'DEVELOPER_TEST',
    timeZone: 'UTC',
    companyCurrency: 'EUR',
    additionalCurrencies: [],
    utcOffset: '+00:00',
    utcOffsetMilliseconds: 0,
    uiDomain: `${host}.hubspot.com`,
    dataHostingLocation: account.region
  })
}
