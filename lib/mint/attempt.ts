// One attempt of a mint: everybody's hold, the budget, the credential and the call, and once more where the answer says what to change.
import { TimeoutStrategy, timeout } from 'cockatiel'
import type { Report } from '../diagnostics.js'
import { summarizeCause } from '../errors.js'
import type { Visitor } from '../visitor/visitor.js'
import { readAccessToken } from './access-token.js'
import { createBudget, type RateLimiter } from './budget.js'
import { type ClientSettings, createHubSpotClient, type HubSpotAnswer } from './hubspot-client.js'
import { networkFault } from './refusal.js'
import { type Attempt, type FailedAttempt, shed } from './verdict.js'

/** The part of the settings that decides what one attempt is. */
export type AttemptSettings = ClientSettings & {
  readonly accessToken: string | (() => string | Promise<string>)
  readonly account: string
  readonly rateLimiter?: RateLimiter | undefined
  readonly timeoutMs: number
}

/** One mint under way. */
export type Job = {
  readonly visitor: Visitor
  readonly deadlineMs: number
  attempts: number
  accessToken: string | undefined
  hasRenewedCredential: boolean
  withoutContext: boolean | undefined
  hasChangedContext: boolean
  /** HubSpot's last refusal: what a mint that runs out of budget between two attempts ends with. */
  refusal: FailedAttempt | undefined
}

/** A mint of which nothing is known yet. */
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
  /** Why nobody may be asked for at the moment, if so. */
  heldBack(): FailedAttempt | undefined
  /** Asks for one token. Never throws. */
  run(job: Job): Promise<Attempt>
}

const HELD = 'HubSpot has asked this account to wait; new visitors are identified after that.'
const BUDGET_EMPTY =
  'More visitors came at once than the budget of calls allows; they are identified on a later page; if it lasts, look at "rateLimiter".'

/** Builds the attempts of an instance; what it remembers is the account's: the hold, the budget, the refused empty context. */
export function createAttempts(settings: AttemptSettings, report: Report): Attempts {
  const { accessToken: source, account, rateLimiter } = settings
  const askForToken = createHubSpotClient(settings)
  const takePoint = createBudget({ rateLimiter, account }, report)
  // node-fetch ends when it is told to, and then still knows the status; a fetch of the app's that does not is left behind.
  const strategy = settings.fetch ? TimeoutStrategy.Aggressive : TimeoutStrategy.Cooperative
  let everybodyHeldUntilMs = 0
  let emptyContextIsRefused = false
  let budgetIsEmpty = false

  function heldBack(): FailedAttempt | undefined {
    return Date.now() < everybodyHeldUntilMs ? shed('ERR_RATE_LIMITED', HELD, true) : undefined
  }

  async function attempt(job: Job): Promise<Attempt> {
    const held = heldBack()
    if (held) return job.refusal ?? held
    if (!(await takePoint())) return job.refusal ?? reportEmptyBudget()
    budgetIsEmpty = false
    const { visitor } = job
    // After the point, so that an empty budget sheds at once, however slow the app's function is.
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
    // A shorter limit that comes later does not shorten a longer one.
    if (answer.kind === 'limit')
      everybodyHeldUntilMs = Math.max(everybodyHeldUntilMs, Date.now() + (answer.waitMs ?? 0))
    job.refusal = { ...answer, passing: false }
    return answer
  }

  async function run(job: Job): Promise<Attempt> {
    let answer = await attempt(job)
    while (!answer.ok && (await correct(job, answer))) answer = await attempt(job)
    return answer
  }

  /** Changes what the answer asks to change, each thing once; `false` when there is nothing more to change. */
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

  /** An empty budget is told once, until a point can be had again. */
  function reportEmptyBudget(): FailedAttempt {
    const refused = shed('ERR_RATE_LIMITED', BUDGET_EMPTY)
    if (!budgetIsEmpty) report(refused.fault)
    budgetIsEmpty = true
    return refused
  }

  return { heldBack, run }
}

/** One call, body included, within its time. */
async function askInTime(
  { limitMs, strategy }: { limitMs: number; strategy: TimeoutStrategy },
  ask: (signal: AbortSignal) => Promise<HubSpotAnswer>
): Promise<HubSpotAnswer> {
  try {
    // Aborting what has ended would only cost: each abort makes an error with a stack.
    return await timeout(limitMs, { strategy, abortOnReturn: false })
      .dangerouslyUnref()
      .execute(({ signal }) => ask(signal))
  } catch (thrown) {
    return networkFault(summarizeCause(thrown), true)
  }
}
