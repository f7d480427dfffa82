// identify(visitor): the token of a visitor without a request, by the same way as a page's.
import { HubSpotIdentificationError, summarizeCause } from '../errors.js'
import { isVisitor, type NoVisitor, readVisitor, type VerificationRules, type Visitor } from '../visitor/visitor.js'
import type { Identification } from './identification.js'
import type { TokenSource } from './token-source.js'

/** `requireVerified` is about user records; here the app itself names an address. */
const RULES: VerificationRules = { requireVerified: false }

/** Longer than any mint: the timer only says that somebody waits. */
const LONGER_THAN_A_MINT_MS = 60_000

/** Makes `identify()` of an instance. */
export function createIdentify(tokens: TokenSource): (visitor: Visitor) => Promise<Identification> {
  return async function identify(given) {
    const visitor = readGiven(given)
    if (!isVisitor(visitor)) throw invalidVisitor(whyNot(visitor))
    // The mint's own timers and sockets never keep the process alive; whoever awaits it must.
    const alive = setInterval(() => {}, LONGER_THAN_A_MINT_MS)
    try {
      const result = await tokens.get(tokens.holderOf(visitor))
      if (!result.ok) throw new HubSpotIdentificationError(result.fault)
      return { ...result.identification }
    } finally {
      clearInterval(alive)
    }
  }
}

/** A getter that throws must not hand its own error, which may quote anything, to whoever logs ours. */
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
