// The member forget(visitor): drops all tokens of an address from memory and the shared store.
import { HubSpotIdentificationError, summarizeCause } from '../errors.js'
import { isVisitor, readVisitor, type Visitor } from '../visitor/visitor.js'
import type { TokenSource } from './token-source.js'

/** Marks of verification do not matter: any address can be forgotten. */
const RULES = { requireVerified: false }

/** Creates `forget()` of an instance. `forgetElsewhere` drops what its other parts keep of an address. */
export function createForget(
  tokens: TokenSource,
  forgetElsewhere: (email: string) => void
): (visitor: Visitor) => Promise<void> {
  return async function forget(given) {
    const visitor = readAddress(given)
    forgetElsewhere(visitor.email)
    if (!(await tokens.forget(tokens.holderOf(visitor)))) throw storeFailed()
  }
}

function readAddress(given: unknown): Visitor {
  try {
    const { email, customerAgentContext } = Object(given)
    const visitor = readVisitor({ email, customerAgentContext }, RULES)
    if (isVisitor(visitor)) return visitor
  } catch (thrown) {
    throw invalidVisitor(thrown)
  }
  throw invalidVisitor()
}

function invalidVisitor(thrown?: unknown): HubSpotIdentificationError {
  const hint = 'Call forget({ email }) with the well-formed address that was identified.'
  return new HubSpotIdentificationError({
    code: 'ERR_VISITOR_INVALID',
    message: `forget() was given no visitor. ${hint}`,
    hint,
    cause: thrown === undefined ? undefined : summarizeCause(thrown)
  })
}

function storeFailed(): HubSpotIdentificationError {
  const hint = 'Check the shared token store ("cache.store"), then call forget() again.'
  return new HubSpotIdentificationError({
    code: 'ERR_CACHE_STORE',
    retryable: true,
    message: `The visitor was forgotten in this process, but perhaps not in the shared store. ${hint}`,
    hint
  })
}
