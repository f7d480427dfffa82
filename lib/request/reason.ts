// The reason (`hubspot.reason`) for a failed mint.
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

/** The reason for a result without a token; `held-back` if HubSpot was not called because of an earlier fault. */
export function reasonOf({ isHeldBack, fault }: Extract<TokenResult, { ok: false }>): NotIdentifiedReason {
  return isHeldBack ? 'held-back' : (REASONS[fault.code] ?? 'unavailable')
}
