// The HubSpot account of an instance, and the keys of tokens: hashes, so that no address is readable in them.
import { hash } from 'node:crypto'
import type { Visitor } from '../visitor/visitor.js'

/** The options that identify an account. */
export type AccountSource = {
  readonly account?: string | undefined
  readonly portalId?: string | undefined
  readonly accessToken: string | (() => unknown)
  readonly baseUrl: URL
}

/** The hash that identifies an account. It differs for another portal or API host, whose tokens are then never used. */
export function resolveAccount({ account, portalId, accessToken, baseUrl }: AccountSource): string {
  const name = account ?? portalId ?? (typeof accessToken === 'string' ? digest([accessToken]) : '')
  return digest([name, baseUrl.origin])
}

/**
 * What a token was minted for besides its address: the account, and the visitor's customer agent context if there is one.
 * Stored beside every token as `account`.
 */
export function resolveAudience(account: string, visitor: Visitor): string {
  const context = Object.entries(visitor.customerAgentContext ?? {})
  if (context.length === 0) return account
  return digest([account, context.sort(([a], [b]) => (a < b ? -1 : 1))])
}

/** The key of a visitor in a shared store. A JSON array keeps `a` + `bc` apart from `ab` + `c`. */
export function visitorKey(audience: string, email: string): string {
  return `hubspot-identification:${digest([audience, email])}`
}

/** Tells the browser half whether two answers are for the same visitor. It is no credential and no key of a store. */
export function visitorMark(audience: string, email: string): string {
  return digest(['mark', audience, email])
}

function digest(parts: readonly unknown[]): string {
  return hash('sha256', JSON.stringify(parts), 'base64url')
}
