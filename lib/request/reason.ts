// From a failed mint to the one word that a view, the README and the console give for it.
import type { NotIdentifiedReason } from '../diagnostics.js'
import type { HubSpotIdentificationErrorCode } from '../errors.js'
import type { TokenResult } from '../tokens/token-source.js'

const REASONS: Readonly<Partial<Record<HubSpotIdentificationErrorCode, NotIdentifiedReason>>> = {
  ERR_ACCESS_TOKEN: 'unauthorized',
  ERR_UNAUTHORIZED: 'unauthorized',
  ERR_FORBIDDEN: 'forbidden',
  ERR_REJECTED: 'rejected',
  ERR_RATE_LIMITED: 'rate-limited'
}

/** Why there is no token. HubSpot that was left alone on purpose, after an earlier fault, is `held-back`. */
export function reasonOf({ isHeldBack, fault }: Extract<TokenResult, { ok: false }>): NotIdentifiedReason {
  return isHeldBack ? 'held-back' : (REASONS[fault.code] ?? 'unavailable')
}
