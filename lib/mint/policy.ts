// A whole mint: the circuit breaker around the retries around one attempt. Knows nothing of HubSpot's URL and fields.
// Four limits remain apart, because they end differently: the wait that HubSpot asks for (429, 477) ends at a time that is known, the
// breaker ends with a successful probe, the budget refills in each window, and the hold of tokens/token-source.ts is for one visitor.
import { BrokenCircuitError, CircuitState, circuitBreaker, DelegateBackoff, handleWhenResult, retry } from 'cockatiel'
import { mintChannel, type Report } from '../diagnostics.js'
import { type Fault, summarizeCause } from '../errors.js'
import type { Visitor } from '../visitor/visitor.js'
import { type AttemptSettings, createAttempts, type Job, newJob } from './attempt.js'
import { networkFault } from './hubspot-faults.js'
import { TwoVisitorBreaker } from './two-visitor-breaker.js'
import {
  type Attempt,
  delayMsFor,
  type FailedAttempt,
  holdMsFor,
  mayRetry,
  openMsFor,
  provesHealth,
  provesTrouble,
  shed
} from './verdict.js'

/** The result of a mint. `shed`: HubSpot was not called, so the failure says nothing about this visitor. */
export type MintResult =
  | { readonly ok: true; readonly token: string; readonly status: number; readonly sentAtMs: number }
  | {
      readonly ok: false
      readonly fault: Fault
      readonly shed: boolean
      readonly isHeldBack: boolean
      readonly holdMs: number
    }

/** Mints a token for a visitor. Never throws, and ends within 30 s. */
export type Mint = (visitor: Visitor) => Promise<MintResult>

/** The settings of a mint. */
export type PolicySettings = AttemptSettings & { readonly retries: number }

/** The result of one attempt, and whether another one may follow. */
type Try = { readonly attempt: Attempt; readonly isWorthAnother: boolean }

/** How long a mint may take, retries and waiting included: 30 s, less the time that a hanging limiter may take at the end. */
const MINT_MS = 29_500

const BREAKER_OPEN =
  'HubSpot refused or failed for several visitors, so it is not called for a while; see the errors before this one.'

/** Creates the mint function of an instance. It reports each fault once, however many pages wait for the mint. */
export function createMint(settings: PolicySettings, report: Report): Mint {
  const attempts = createAttempts(settings, report)
  const breakerRule = new TwoVisitorBreaker()
  // The breaker is outside of the retries, so that its refusals are not retried.
  const breaker = circuitBreaker(
    handleWhenResult((result) => !provesHealth(result as Attempt)),
    {
      breaker: breakerRule,
      halfOpenAfter: new DelegateBackoff(({ result }) => openMsFor(valueFrom<Attempt>(result)))
    }
  )

  const retries = retry(
    handleWhenResult((result) => (result as Try).isWorthAnother),
    {
      maxAttempts: settings.retries,
      backoff: new DelegateBackoff(({ attempt, result }) => delayMsFor(valueFrom<Try>(result)?.attempt, attempt))
    }
  ).dangerouslyUnref()

  async function tryOnce(job: Job): Promise<Try> {
    const attempt = await attempts.run(job)
    return { attempt, isWorthAnother: mayRetry(attempt, job.deadlineMs) }
  }

  async function throughBreaker(job: Job): Promise<Attempt> {
    const held = attempts.heldBack()
    if (held) return held
    // While a probe runs, cockatiel makes other callers wait for its result; pages must not wait.
    if (breaker.state === CircuitState.HalfOpen) return refusedByBreaker()
    try {
      return await breaker.execute(async () => {
        const { attempt } = await retries.execute(() => tryOnce(job))
        if (provesTrouble(attempt)) breakerRule.note(job.visitor.email, attempt.kind === 'credential')
        return attempt
      })
    } catch (thrown) {
      if (thrown instanceof BrokenCircuitError) return refusedByBreaker()
      return networkFault(summarizeCause(thrown), false)
    }
  }

  return async function mint(visitor) {
    const startedAtMs = Date.now()
    const job = newJob(visitor, startedAtMs + MINT_MS)
    const result = await throughBreaker(job)
    if (mintChannel.hasSubscribers) {
      mintChannel.publish({
        outcome: result.ok ? 'minted' : result.fault.code,
        attempts: job.attempts,
        upstreamStatus: result.ok ? result.status : result.fault.upstreamStatus,
        durationMs: Date.now() - startedAtMs
      })
    }
    if (result.ok) return result
    const isShed = result.shed === true
    if (!isShed) report(result.fault)
    const holdMs = holdMsFor(result, breaker.state !== CircuitState.Closed)
    return { ok: false, fault: result.fault, shed: isShed, isHeldBack: result.isHeldBack === true, holdMs }
  }
}

function refusedByBreaker(): FailedAttempt {
  return shed('ERR_UNAVAILABLE', BREAKER_OPEN, true)
}

/** cockatiel passes results in a wrapper object. */
function valueFrom<T>(result: unknown): T | undefined {
  return (result as { value?: T }).value
}
