// How HubSpot is asked: budget, retries, time-outs, hold-backs and the breaker, composed around one call. Knows no URL and no field.
import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  DelegateBackoff,
  handleWhenResult,
  retry,
  TimeoutStrategy,
  timeout
} from 'cockatiel'
import { mintChannel, type Report } from '../diagnostics.js'
import { type Fault, summarizeCause } from '../errors.js'
import type { Visitor } from '../visitor.js'
import { readAccessToken } from './access-token.js'
import { createBudget, type RateLimiter } from './budget.js'
import { type ClientSettings, createHubSpotClient, type HubSpotAnswer } from './hubspot-client.js'
import { networkFault, type Refusal } from './refusal.js'
import { TwoVisitorBreaker } from './two-visitor-breaker.js'

/** What a mint gave. `shed` means that HubSpot was not asked, so nothing is known of this visitor. */
export type MintResult =
  | { readonly ok: true; readonly token: string; readonly sentAtMs: number }
  | { readonly ok: false; readonly fault: Fault; readonly shed: boolean; readonly holdMs: number }

/** Mints a token for a visitor, known by its key. Never throws, and ends within 30 s. */
export type Mint = (visitor: Visitor, visitorKey: string) => Promise<MintResult>

/** The part of the settings that decides how persistently HubSpot is asked. */
export type PolicySettings = ClientSettings & {
  readonly accessToken: string | (() => string | Promise<string>)
  readonly account: string
  readonly rateLimiter?: RateLimiter | undefined
  readonly timeoutMs: number
  readonly retries: number
}

/** The longest a mint may take, retries and waiting included. */
const MINT_MS = 30_000
/** A visitor whom HubSpot refuses is not asked for again for this long. */
const REFUSED_HOLD_MS = 10 * 60 * 1000
/** The same after a fault that passes. */
const PASSING_HOLD_MS = 30_000
/** How long the breaker stays open after a refused credential: somebody has to act. */
const CREDENTIAL_OPEN_MS = 3 * 60 * 1000
/** The same after a run of other faults. */
const SERVICE_OPEN_MS = 15_000
/** Where the backoff between attempts starts; it doubles, and a random half of it is jitter. */
const FIRST_BACKOFF_MS = 200

/** One try: a token, HubSpot's refusal, or `shed` when it was not asked. */
type Attempt = { readonly ok: true; readonly token: string; readonly sentAtMs: number } | FailedAttempt
type FailedAttempt = { readonly ok: false; readonly shed?: boolean } & Refusal

/** One mint under way. */
type Job = {
  readonly visitor: Visitor
  readonly deadlineMs: number
  attempts: number
  accessToken: string | undefined
  renewedCredential: boolean
  withoutContext: boolean
  /** HubSpot's last refusal: what a mint that runs out of budget between two attempts ends with. */
  refusal: FailedAttempt | undefined
}

/** Builds the one way to HubSpot of an instance. Every fault is reported here, once, however many pages wait for it. */
export function createMint(settings: PolicySettings, report: Report): Mint {
  const askForToken = createHubSpotClient(settings)
  const takePoint = createBudget({ rateLimiter: settings.rateLimiter, account: settings.account }, report)
  const breakerRule = new TwoVisitorBreaker()
  // The breaker stands outside the retry: a retry around it would retry its refusals and hide their reason.
  const breaker = circuitBreaker(
    handleWhenResult((result) => !provesHealth(result as Attempt)),
    { breaker: breakerRule, halfOpenAfter: new DelegateBackoff(({ result }) => openMsFor(result)) }
  )
  let everybodyHeldUntilMs = 0
  let emptyContextIsRefused = false
  let budgetIsEmpty = false

  async function attempt(job: Job): Promise<Attempt> {
    if (Date.now() < everybodyHeldUntilMs) return job.refusal ?? shed('ERR_RATE_LIMITED', HELD)
    if (!(await takePoint())) return job.refusal ?? reportShed()
    budgetIsEmpty = false
    const sentAtMs = Date.now()
    const timeoutMs = Math.min(settings.timeoutMs, job.deadlineMs - sentAtMs)
    job.attempts += 1
    const answer = await askInTime(timeoutMs, (signal) =>
      askForToken({
        visitor: job.visitor,
        accessToken: job.accessToken ?? '',
        withoutContext: job.withoutContext || (emptyContextIsRefused && !job.visitor.customerAgentContext),
        signal
      })
    )
    if (answer.ok) return { ...answer, sentAtMs }
    if (answer.kind === 'limit') everybodyHeldUntilMs = Date.now() + (answer.waitMs ?? 0)
    job.refusal = { ...answer, passing: false }
    return answer
  }

  /** One attempt, and once more where HubSpot's answer says what to do differently. */
  async function attemptCorrected(job: Job): Promise<Attempt> {
    const answer = await attempt(job)
    if (answer.ok) return answer
    if (answer.kind === 'context' && !job.withoutContext) {
      job.withoutContext = true
      const without = await attempt(job)
      if (without.ok && !job.visitor.customerAgentContext) emptyContextIsRefused = true
      return without
    }
    if (answer.fault.upstreamStatus === 401 && typeof settings.accessToken === 'function' && !job.renewedCredential) {
      job.renewedCredential = true
      const fresh = await readAccessToken(settings.accessToken, job.deadlineMs)
      if (!fresh.ok || fresh.accessToken === job.accessToken) return answer
      job.accessToken = fresh.accessToken
      return attempt(job)
    }
    return answer
  }

  async function runWithRetries(job: Job): Promise<Attempt> {
    const credential = await readAccessToken(settings.accessToken, job.deadlineMs)
    if (!credential.ok) return { ok: false, kind: 'service', passing: false, fault: credential.fault }
    job.accessToken = credential.accessToken
    return retry(
      handleWhenResult((result) => mayRetry(result as Attempt, job)),
      { maxAttempts: settings.retries, backoff: new DelegateBackoff(({ attempt: n, result }) => delayFor(result, n)) }
    )
      .dangerouslyUnref()
      .execute(() => attemptCorrected(job))
  }

  return async function mint(visitor, visitorKey) {
    const startedAtMs = Date.now()
    const job: Job = {
      visitor,
      deadlineMs: startedAtMs + MINT_MS,
      attempts: 0,
      accessToken: undefined,
      renewedCredential: false,
      withoutContext: false,
      refusal: undefined
    }
    const result = await throughBreaker(async () => {
      const answer = await runWithRetries(job)
      if (!answer.ok && !provesHealth(answer)) breakerRule.note(visitorKey, answer.kind === 'credential')
      return answer
    })
    if (mintChannel.hasSubscribers) {
      mintChannel.publish({
        outcome: result.ok ? 'minted' : result.fault.code,
        attempts: job.attempts,
        upstreamStatus: result.ok ? 200 : result.fault.upstreamStatus,
        durationMs: Date.now() - startedAtMs
      })
    }
    if (result.ok) return result
    const isShed = result.shed === true
    if (!isShed) report(result.fault)
    return {
      ok: false,
      fault: result.fault,
      shed: isShed,
      holdMs: holdMsFor(result, breaker.state !== CircuitState.Closed)
    }
  }

  async function throughBreaker(run: () => Promise<Attempt>): Promise<Attempt> {
    // cockatiel lets callers wait for the outcome of the probe; a page must not.
    if (breaker.state === CircuitState.HalfOpen) return shed('ERR_UNAVAILABLE', BREAKER_OPEN)
    try {
      return await breaker.execute(run)
    } catch (thrown) {
      if (thrown instanceof BrokenCircuitError) return shed('ERR_UNAVAILABLE', BREAKER_OPEN)
      return networkFault(summarizeCause(thrown), false)
    }
  }

  /** An empty budget is told once, until a point can be had again. */
  function reportShed(): FailedAttempt {
    const refused = shed('ERR_RATE_LIMITED', BUDGET_EMPTY)
    if (!budgetIsEmpty) report(refused.fault)
    budgetIsEmpty = true
    return refused
  }
}

const HELD = 'HubSpot has asked this account to wait; new visitors are identified after that.'
const BREAKER_OPEN =
  'HubSpot refused or failed for several visitors, so it is left alone for a while; see the faults before this one.'
const BUDGET_EMPTY =
  'More visitors came at once than the budget of calls allows; they are identified on a later page. If it lasts, look at "rateLimiter".'

function shed(code: 'ERR_RATE_LIMITED' | 'ERR_UNAVAILABLE', hint: string): FailedAttempt {
  return {
    ok: false,
    shed: true,
    kind: 'service',
    passing: false,
    fault: { code, retryable: true, hint, message: `HubSpot was not asked. ${hint}` }
  }
}

/** A token proves that HubSpot works and accepts the credential; so does a refusal of this one visitor. */
function provesHealth(attempt: Attempt): boolean {
  return (
    attempt.ok || attempt.kind === 'context' || (attempt.kind === 'visitor' && attempt.fault.code === 'ERR_REJECTED')
  )
}

function mayRetry(attempt: Attempt, job: Job): boolean {
  return !attempt.ok && attempt.passing && Date.now() + (attempt.waitMs ?? 0) + FIRST_BACKOFF_MS < job.deadlineMs
}

/** The wait before attempt `n + 1`: what HubSpot asked for, or a doubling backoff, both with jitter. */
function delayFor(result: unknown, n: number): number {
  const waitMs = attemptFrom(result)?.waitMs ?? 0
  const backoffMs = FIRST_BACKOFF_MS * 2 ** (n - 1)
  return Math.max(waitMs, backoffMs / 2) + (Math.random() * backoffMs) / 2 + 10
}

function openMsFor(result: unknown): number {
  return attemptFrom(result)?.kind === 'credential' ? CREDENTIAL_OPEN_MS : SERVICE_OPEN_MS
}

/** cockatiel hands results over wrapped. */
function attemptFrom(result: unknown): FailedAttempt | undefined {
  const attempt = (result as { value?: Attempt }).value
  return attempt && !attempt.ok ? attempt : undefined
}

/**
 * How long this visitor is not asked for again. Longer than the breaker stays open, so that the next probe is somebody else:
 * a visitor whom HubSpot always refuses must not keep the others waiting.
 */
function holdMsFor(attempt: FailedAttempt, breakerIsOpen: boolean): number {
  if (attempt.shed || attempt.kind === 'limit') return 0
  if (attempt.kind === 'visitor' || attempt.kind === 'context') return REFUSED_HOLD_MS
  return attempt.kind === 'credential' && breakerIsOpen ? 2 * CREDENTIAL_OPEN_MS : PASSING_HOLD_MS
}

/** One attempt, body included, within its time; a fetch that ignores its signal is left behind. */
async function askInTime(
  timeoutMs: number,
  ask: (signal: AbortSignal) => Promise<HubSpotAnswer>
): Promise<HubSpotAnswer> {
  try {
    return await timeout(Math.max(timeoutMs, 1), TimeoutStrategy.Aggressive)
      .dangerouslyUnref()
      .execute(({ signal }) => ask(signal))
  } catch (thrown) {
    return networkFault(summarizeCause(thrown), true)
  }
}
