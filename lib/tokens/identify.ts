// The member identify(visitor): the token of a visitor outside of a request, from the same token source.
import { HubSpotIdentificationError, summarizeCause } from '../errors.js'
import { isVisitor, type NoVisitor, readVisitor, type VerificationRules, type Visitor } from '../visitor/visitor.js'
import type { Identification } from './identification.js'
import type { TokenSource } from './token-source.js'

/** `requireVerified` is for user records; here the app names an address itself. */
const RULES: VerificationRules = { requireVerified: false }

/** The timer only keeps the process alive; the interval does not matter. */
const KEEP_ALIVE_MS = 60_000

/** Creates `identify()` of an instance. */
export function createIdentify(tokens: TokenSource): (visitor: Visitor) => Promise<Identification> {
  return async function identify(given) {
    const visitor = readGiven(given)
    if (!isVisitor(visitor)) throw invalidVisitor(whyNot(visitor))
    // The timers and sockets of a mint do not keep the process alive, so an awaited call has to.
    const alive = setInterval(() => {}, KEEP_ALIVE_MS)
    try {
      const result = await tokens.get(tokens.holderOf(visitor))
      if (!result.ok) throw new HubSpotIdentificationError(result.fault)
      return { ...result.identification }
    } finally {
      clearInterval(alive)
    }
  }
}

/** An error that a getter throws is not passed on: its message may contain personal data. */
function readGiven(given: unknown): Visitor | NoVisitor {
  try {
    return readVisitor(given, RULES)
  } catch (thrown) {
    throw invalidVisitor('a visitor that cannot be read', thrown)
  }
}

function whyNot({ reason, detail }: NoVisitor): string {
  if (reason === 'invalid-visitor') return `no visitor: ${detail}`
  return reason === 'unverified' ? `an address that is not verified: ${detail}` : 'nobody'
}

function invalidVisitor(what: string, thrown?: unknown): HubSpotIdentificationError {
  const hint = 'Call identify({ email }) with a well-formed address of at most 254 characters.'
  return new HubSpotIdentificationError({
    code: 'ERR_VISITOR_INVALID',
    message: `identify() was given ${what}. ${hint}`,
    hint,
    cause: thrown === undefined ? undefined : summarizeCause(thrown)
  })
}
