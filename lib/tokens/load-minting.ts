// Loads lib/mint with its libraries (node-fetch, cockatiel, rate-limiter-flexible) at the first use. A process that finds all tokens
// on sessions never loads it.
import { mintChannel, type Report } from '../diagnostics.js'
import { type Fault, summarizeCause } from '../errors.js'
import type { Mint, PolicySettings } from '../mint/policy.js'
import type { SideCall } from '../mint/side-call.js'

type Minting = typeof import('../mint/minting.js')

/** How long a visitor is held back after the code could not be loaded. */
const NOT_LOADED_HOLD_MS = 30_000

/** Creates the mint function of an instance; what is behind it is built at the first call. Never throws. */
export function createLazyMint(settings: PolicySettings, report: Report): Mint {
  const getMint = buildOnce(({ createMint }) => createMint(settings, report))
  let isReported = false

  return async function mint(visitor) {
    const built = await getMint().catch(notLoaded)
    if (typeof built === 'function') return built(visitor)
    if (!isReported) report(built)
    isReported = true
    if (mintChannel.hasSubscribers) mintChannel.publish({ outcome: built.code, attempts: 0, durationMs: 0 })
    return { ok: false, fault: built, shed: true, isHeldBack: false, holdMs: NOT_LOADED_HOLD_MS }
  }
}

/** Creates the function for calls of the shared store, built at the first call. If it cannot be loaded, requests go on without the store. */
export function createLazySideCall(helper: string, report: Report): SideCall {
  const getSideCall = buildOnce(({ createSideCall }) => createSideCall(helper, report))

  return async (call) => {
    // Not reported here: the mint that follows needs the same code and reports it.
    const sideCall = await getSideCall().catch(() => undefined)
    return sideCall ? sideCall(call) : { ok: false }
  }
}

/** Loads the code and builds a part of it, once; after a failure the next call tries again. */
function buildOnce<T>(build: (minting: Minting) => T): () => Promise<T> {
  let built: Promise<T> | undefined
  return () => {
    built ??= import('../mint/minting.js').then(build).catch((thrown: unknown) => {
      built = undefined
      throw thrown
    })
    return built
  }
}

function notLoaded(thrown: unknown): Fault {
  const hint = 'Install the dependencies of express-hubspot-identification again, then restart the app.'
  return {
    code: 'ERR_UNAVAILABLE',
    message: `The code that calls HubSpot could not be loaded. ${hint}`,
    hint,
    cause: summarizeCause(thrown)
  }
}
