// One attempt of a mint: the wait that HubSpot asked for, the budget, the access token, then the call. An attempt is repeated when
// HubSpot's answer shows what to correct: a new access token, or the body without (or with) an empty context.
import { TimeoutStrategy, timeout } from 'cockatiel'
import type { Report } from '../diagnostics.js'
import { summarizeCause } from '../errors.js'
import type { Visitor } from '../visitor/visitor.js'
import { readAccessToken } from './access-token.js'
import { createBudget, type RateLimiter } from './budget.js'
import { type ClientSettings, createHubSpotClient, type HubSpotAnswer } from './hubspot-client.js'
import { networkFault } from './hubspot-faults.js'
import { type Attempt, type FailedAttempt, shed } from './verdict.js'

/** The settings of an attempt. */
export type AttemptSettings = ClientSettings & {
  readonly accessToken: string | (() => string | Promise<string>)
  readonly account: string
  readonly rateLimiter?: RateLimiter | undefined
  readonly timeoutMs: number
}

/** The state of one mint. */
export type Job = {
  readonly visitor: Visitor
  readonly deadlineMs: number
  attempts: number
  accessToken: string | undefined
  hasRenewedCredential: boolean
  withoutContext: boolean | undefined
  hasChangedContext: boolean
  /** HubSpot's last refusal. A mint ends with it when the next attempt finds the budget empty, or HubSpot asked to wait. */
  refusal: FailedAttempt | undefined
}

/** The state of a mint before its first attempt. */
export function newJob(visitor: Visitor, deadlineMs: number): Job {
  return {
    visitor,
    deadlineMs,
    attempts: 0,
    accessToken: undefined,
    hasRenewedCredential: false,
    withoutContext: undefined,
    hasChangedContext: false,
    refusal: undefined
  }
}

/** The attempts of one instance. */
export type Attempts = {
  /** Why HubSpot must not be called at the moment, for any visitor; `undefined` when it may. */
  heldBack(): FailedAttempt | undefined
  /** Makes one attempt, corrections included. Never throws. */
  run(job: Job): Promise<Attempt>
}

const HELD = 'HubSpot has told this account to wait; new visitors are identified after that.'
const BUDGET_EMPTY =
  'There are more new visitors than the budget of calls allows; they are identified on a later page; if this persists, see "rateLimiter".'

/** Creates the attempts of an instance. Wait, budget and the refused empty context are shared by all visitors. */
export function createAttempts(settings: AttemptSettings, report: Report): Attempts {
  const { accessToken: source, account, rateLimiter } = settings
  const askForToken = createHubSpotClient(settings)
  const takePoint = createBudget({ rateLimiter, account }, report)
  // node-fetch obeys the abort signal, so its end is awaited and a status that has arrived is kept (cooperative). The app's own fetch
  // may ignore the signal, so it is not waited for (aggressive).
  const strategy = settings.fetch ? TimeoutStrategy.Aggressive : TimeoutStrategy.Cooperative
  let waitUntilMs = 0
  let emptyContextIsRefused = false
  let budgetIsEmpty = false

  function heldBack(): FailedAttempt | undefined {
    return Date.now() < waitUntilMs ? shed('ERR_RATE_LIMITED', HELD, true) : undefined
  }

  async function attempt(job: Job): Promise<Attempt> {
    const held = heldBack()
    if (held) return job.refusal ?? held
    if (!(await takePoint())) return job.refusal ?? reportEmptyBudget()
    budgetIsEmpty = false
    const { visitor } = job
    // Read only after a point was taken, so that an empty budget refuses at once even if the app's function is slow.
    const credential = job.accessToken ? undefined : await readAccessToken(source, job.deadlineMs)
    if (credential?.ok === false) return { ok: false, kind: 'service', passing: false, fault: credential.fault }
    const accessToken = job.accessToken ?? credential?.accessToken ?? ''
    job.accessToken = accessToken
    const withoutContext = job.withoutContext ?? (emptyContextIsRefused && !visitor.customerAgentContext)
    job.withoutContext = withoutContext
    const sentAtMs = Date.now()
    job.attempts += 1
    const limitMs = Math.max(1, Math.min(settings.timeoutMs, job.deadlineMs - sentAtMs))
    const answer = await askInTime({ limitMs, strategy }, (signal) =>
      askForToken({ visitor, accessToken, withoutContext, signal })
    )
    if (answer.ok) {
      if (!visitor.customerAgentContext) emptyContextIsRefused = withoutContext
      return { ok: true, token: answer.token, status: answer.status, sentAtMs }
    }
    // A shorter wait told later does not shorten a longer one.
    if (answer.kind === 'limit') waitUntilMs = Math.max(waitUntilMs, Date.now() + (answer.waitMs ?? 0))
    job.refusal = { ...answer, passing: false }
    return answer
  }

  async function run(job: Job): Promise<Attempt> {
    let answer = await attempt(job)
    while (!answer.ok && (await correct(job, answer))) answer = await attempt(job)
    return answer
  }

  /** Applies the correction that the answer calls for, each kind once in a mint; `false` when there is none. */
  async function correct(job: Job, { kind, fault }: FailedAttempt): Promise<boolean> {
    if (kind === 'context' && !job.hasChangedContext) {
      job.hasChangedContext = true
      job.withoutContext = !job.withoutContext
      return true
    }
    if (fault.upstreamStatus !== 401 || typeof source !== 'function' || job.hasRenewedCredential) return false
    job.hasRenewedCredential = true
    const fresh = await readAccessToken(source, job.deadlineMs)
    if (!fresh.ok || fresh.accessToken === job.accessToken) return false
    job.accessToken = fresh.accessToken
    return true
  }

  /** Reports an empty budget once, until a point is available again. */
  function reportEmptyBudget(): FailedAttempt {
    const refused = shed('ERR_RATE_LIMITED', BUDGET_EMPTY)
    if (!budgetIsEmpty) report(refused.fault)
    budgetIsEmpty = true
    return refused
  }

  return { heldBack, run }
}

/** One call within its time limit, the body included. */
async function askInTime(
  { limitMs, strategy }: { limitMs: number; strategy: TimeoutStrategy },
  ask: (signal: AbortSignal) => Promise<HubSpotAnswer>
): Promise<HubSpotAnswer> {
  try {
    // abortOnReturn would also abort finished calls, and each abort creates an error with a stack trace.
    return await timeout(limitMs, { strategy, abortOnReturn: false })
      .dangerouslyUnref()
      .execute(({ signal }) => ask(signal))
  } catch (thrown) {
    return networkFault(summarizeCause(thrown), true)
  }
}
