// Signs and verifies the visitor tokens of one simulator.
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto'
import * as z from 'zod/mini'
import { parseJson } from './answer.js'

/**
 * How long a token is valid: 12 hours, in milliseconds.
 *
 * Source: HubSpot's guide, https://developers.hubspot.com/docs/api-reference/legacy/conversations/visitor-identification/guide
 */
export const TOKEN_LIFETIME_MS = 12 * 60 * 60 * 1000

/** The content of a valid token. Times are in milliseconds since the epoch. */
export type VerifiedToken = {
  email: string
  portalId: string
  issuedAt: number
  expiresAt: number
  /** Different for every mint, even for the same email. */
  id: string
  firstName?: string | undefined
  lastName?: string | undefined
}

/** The person for whom a token is minted. */
export type TokenSubject = { email: string; firstName?: string | undefined; lastName?: string | undefined }

/** Mints and verifies the tokens of one portal; a signer with another key refuses them. */
export type TokenSigner = {
  mint(subject: TokenSubject): string
  verify(token: unknown): VerifiedToken | undefined
}

const payloadSchema = z.object({
  email: z.string(),
  portalId: z.string(),
  iat: z.number(),
  exp: z.number(),
  jti: z.string(),
  firstName: z.optional(z.string()),
  lastName: z.optional(z.string())
})

const HEADER = encode({ alg: 'HS256', typ: 'JWT' })

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** Creates the signer of one portal; `now` gives milliseconds since the epoch. */
export function createTokenSigner(portalId: string, now: () => number, key: Uint8Array = randomBytes(32)): TokenSigner {
  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url')

  return {
    mint(subject) {
      const iat = Math.floor(now() / 1000)
      const payload = encode({ ...subject, portalId, iat, exp: iat + TOKEN_LIFETIME_MS / 1000, jti: randomUUID() })
      return `${HEADER}.${payload}.${sign(`${HEADER}.${payload}`)}`
    },
    verify(token) {
      if (typeof token !== 'string') return undefined
      const [header, payload, signature, ...rest] = token.split('.')
      if (header !== HEADER || !payload || !signature || rest.length > 0) return undefined
      const expected = Buffer.from(sign(`${header}.${payload}`))
      const given = Buffer.from(signature)
      if (expected.length !== given.length || !timingSafeEqual(expected, given)) return undefined
      const parsed = payloadSchema.safeParse(parseJson(Buffer.from(payload, 'base64url').toString('utf8')))
      if (!parsed.success || parsed.data.exp * 1000 <= now()) return undefined
      const { iat, exp, jti, ...subject } = parsed.data
      return { ...subject, issuedAt: iat * 1000, expiresAt: exp * 1000, id: jti }
    }
  }
}
