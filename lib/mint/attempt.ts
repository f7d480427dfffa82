// One attempt of a mint: everybody's hold, the budget, the credential and the call, and once more where the answer says what to change.
import { TimeoutStrategy, timeout } from 'cockatiel'
import type { Report } from '../diagnostics.js'
import { summarizeCause } from '../errors.js'
import type { Visitor } from '../visitor.js'
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
  accessToken?: string
  renewedCredential?: boolean
  withoutContext?: boolean
  /** HubSpot's last refusal: what a mint that runs out of budget between two attempts ends with. */
  refusal?: FailedAttempt
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
  'More visitors came at once than the budget of calls allows; they are identified on a later page. If it lasts, look at "rateLimiter".'

/** Builds the attempts of an instance; what it remembers is the account's: the hold, the budget, the refused empty context. */
export function createAttempts(settings: AttemptSettings, report: Report): Attempts {
  const { accessToken: source, account, rateLimiter } = settings
  const askForToken = createHubSpotClient(settings)
  const takePoint = createBudget({ rateLimiter, account }, report)
  let everybodyHeldUntilMs = 0
  let emptyContextIsRefused = false
  let budgetIsEmpty = false

  function heldBack(): FailedAttempt | undefined {
    return Date.now() < everybodyHeldUntilMs ? shed('ERR_RATE_LIMITED', HELD) : undefined
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
    const withoutContext = job.withoutContext || (emptyContextIsRefused && !visitor.customerAgentContext)
    const sentAtMs = Date.now()
    job.attempts += 1
    const answer = await askInTime(Math.min(settings.timeoutMs, job.deadlineMs - sentAtMs), (signal) =>
      askForToken({ visitor, accessToken, withoutContext, signal })
    )
    if (answer.ok) {
      if (job.withoutContext && !visitor.customerAgentContext) emptyContextIsRefused = true
      return { ...answer, sentAtMs }
    }
    // A shorter limit that comes later does not shorten a longer one.
    if (answer.kind === 'limit')
      everybodyHeldUntilMs = Math.max(everybodyHeldUntilMs, Date.now() + (answer.waitMs ?? 0))
    // HubSpot has changed its mind about the empty context.
    if (answer.kind === 'context' && withoutContext) emptyContextIsRefused = false
    job.refusal = { ...answer, passing: false }
    return answer
  }

  async function run(job: Job): Promise<Attempt> {
    const answer = await attempt(job)
    if (answer.ok) return answer
    if (answer.kind === 'context' && !job.withoutContext) {
      job.withoutContext = true
      return attempt(job)
    }
    if (answer.fault.upstreamStatus === 401 && typeof source === 'function' && !job.renewedCredential) {
      job.renewedCredential = true
      const fresh = await readAccessToken(source, job.deadlineMs)
      if (!fresh.ok || fresh.accessToken === job.accessToken) return answer
      job.accessToken = fresh.accessToken
      return attempt(job)
    }
    return answer
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

/** One call, body included, within its time; a fetch that ignores its signal is left behind. */
async function askInTime(
  timeoutMs: number,
  ask: (signal: AbortSignal) => Promise<HubSpotAnswer>
): Promise<HubSpotAnswer> {
  try {
    // Aborting what has ended would only cost: each abort makes an error with a stack.
    return await timeout(Math.max(timeoutMs, 1), { strategy: TimeoutStrategy.Aggressive, abortOnReturn: false })
      .dangerouslyUnref()
      .execute(({ signal }) => ask(signal))
  } catch (thrown) {
    return networkFault(summarizeCause(thrown), true)
  }
}
