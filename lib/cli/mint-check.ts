// One real mint, and what its answer shows about the credential, its scope, the account's plan and the token.
import type { Fault } from '../errors.js'
import { createHubSpotClient, type FetchLike, type HubSpotAnswer } from '../mint/hubspot-client.js'
import { lifetimeOf } from '../tokens/identification.js'
import type { Visitor } from '../visitor/visitor.js'
import { mayBeRepeated } from './api-version.js'
import { type DoctorFetch, describeNoAnswer, type Head, headOf, withDeadline } from './call.js'
import { type Check, failed, ok, skipped } from './check.js'
import { formatDuration } from './duration.js'

/** The settings of the mint. */
export type MintPlan = {
  readonly visitor: Visitor
  readonly accessToken: string
  readonly apiVersion: string
  readonly baseUrl: URL
  readonly send: DoctorFetch
  readonly timeoutMs: number
  readonly now: () => number
}

/** The result of the mint. */
export type MintOutcome = {
  readonly answer: HubSpotAnswer
  readonly timedOut: boolean
  /** Also set if HubSpot refused the mint. */
  readonly head?: Head | undefined
}

const SCOPE = 'conversations.visitor_identification.tokens.create'
const DOCUMENTED_LIFETIME_MS = 12 * 60 * 60 * 1000
const SEE_ABOVE = 'Do what the failed line above says, then run the doctor again.'
const TOLD = '(one real token was asked for, which makes no contact)'

/** Mints one token like the middleware, but without its retries. Never throws. */
export function mintOnce(plan: MintPlan): Promise<MintOutcome> {
  const { visitor, accessToken, apiVersion, baseUrl, send, timeoutMs, now } = plan
  let head: Head | undefined
  const remembering: FetchLike = async (url, init) => {
    const response = await send(url, init)
    head = headOf(response, now())
    return response
  }
  const askForToken = createHubSpotClient({ apiVersion, baseUrl, fetch: remembering })
  return withDeadline(timeoutMs, async (signal) => {
    const ask = (withoutContext: boolean) => askForToken({ visitor, accessToken, withoutContext, signal })
    const first = await ask(false)
    const answer = !first.ok && first.kind === 'context' ? await ask(true) : first
    return { answer, timedOut: signal.aborted, head }
  })
}

/** The checks that the mint answers: credential accepted, scope, plan, the mint itself, the token's lifetime. */
export function explainMint(outcome: MintOutcome, plan: Pick<MintPlan, 'apiVersion' | 'timeoutMs'>): Check[] {
  const { answer } = outcome
  if (answer.ok) {
    return [
      ok('accepted', 'HubSpot accepts the credential.'),
      ok('scope', `The credential has the scope ${SCOPE}.`),
      ok('plan', "The account's plan is high enough for visitor identification."),
      ok('mint', `HubSpot gave a token ${TOLD}.`),
      explainLifetime(answer.token)
    ]
  }
  const { fault } = answer
  const lifetime = skipped('token-lifetime', "The token's lifetime cannot be told without a token.")
  if (fault.upstreamStatus === 401 || fault.upstreamStatus === 403) {
    const got = `HubSpot gave no token: it answered ${fault.upstreamStatus} ${TOLD}.`
    return [...explainRefusedCredential(fault), failed('mint', got, SEE_ABOVE), lifetime]
  }
  const untold = 'cannot be told from this answer.'
  return [
    skipped('accepted', `Whether HubSpot accepts the credential ${untold}`),
    skipped('scope', `Whether the credential has the scope ${untold}`),
    skipped('plan', `Whether the account's plan is high enough ${untold}`),
    failed(
      'mint',
      `HubSpot gave no token: ${describeFault(outcome, fault, plan.timeoutMs)} ${TOLD}.`,
      cure(fault, plan)
    ),
    lifetime
  ]
}

/** HubSpot documents 403 both for a missing scope and for a plan that is too low; only the first has a documented category. */
function explainRefusedCredential({ upstreamStatus, upstreamCategory }: Fault): [Check, Check, Check] {
  const accepted = ok('accepted', 'HubSpot accepts the credential.')
  const noScope = skipped('scope', 'Whether the credential has the scope cannot be told from this answer.')
  const noPlan = skipped('plan', "Whether the account's plan is high enough cannot be told from this answer.")
  if (upstreamStatus === 401) {
    const hint = 'It is wrong, expired or revoked: put a current one of this account into HUBSPOT_ACCESS_TOKEN.'
    return [failed('accepted', 'HubSpot does not accept the credential (401).', hint), noScope, noPlan]
  }
  if (upstreamCategory === 'MISSING_SCOPES') {
    const hint = `Add ${SCOPE} to it in HubSpot; an app may have to be installed again.`
    return [accepted, failed('scope', 'The credential lacks the scope it needs (403 MISSING_SCOPES).', hint), noPlan]
  }
  if (upstreamCategory === 'USER_DOES_NOT_HAVE_PERMISSIONS') {
    const what = 'The HubSpot user who made the credential has lost the permission (403).'
    return [failed('accepted', what, 'Rotate the credential or make a new one in HubSpot.'), noScope, noPlan]
  }
  const hint = `It must be Professional or Enterprise; if it is, look whether the credential has the scope ${SCOPE}.`
  return [accepted, noScope, failed('plan', "The account's plan is not high enough (403).", hint)]
}

function describeFault({ timedOut }: MintOutcome, fault: Fault, timeoutMs: number): string {
  const { code, upstreamStatus, correlationId } = fault
  if (upstreamStatus === undefined) return describeNoAnswer(fault.cause, timedOut, timeoutMs)
  if (code === 'ERR_BAD_RESPONSE' && upstreamStatus < 300) return `its ${upstreamStatus} carries no usable one`
  return `it answered ${upstreamStatus}${correlationId ? `, correlation id ${correlationId}` : ''}`
}

/** Hints for an operator at a terminal. The middleware's own hints do not fit: they are about options and automatic retries. */
function cure(fault: Fault, { apiVersion }: Pick<MintPlan, 'apiVersion'>): string {
  const { upstreamStatus, cause } = fault
  switch (fault.code) {
    case 'ERR_BAD_RESPONSE':
      return 'Something between this machine and HubSpot answers in its place: check --base-url and proxies.'
    case 'ERR_RATE_LIMITED':
      return fault.upstreamCategory === 'DAILY'
        ? "The account has used up its calls of the day: look for what else calls HubSpot, or raise the account's limit."
        : 'The account makes too many calls at once: run the doctor again in 10 seconds.'
    case 'ERR_UNAVAILABLE':
      if (upstreamStatus !== undefined) return 'Run the doctor again; if it lasts, look at status.hubspot.com.'
      if (/CERT|SIGNATURE|TLS|SSL/.test(cause?.code ?? '')) {
        return 'The certificate is not trusted: if a company proxy signs it, give its root to NODE_EXTRA_CA_CERTS.'
      }
      return 'Check --base-url, and the network, DNS and proxy of this machine.'
    default:
      break
  }
  if (upstreamStatus === 404) {
    const given = mayBeRepeated(apiVersion) ? ` (${apiVersion})` : ''
    return `HubSpot does not know this path: check --api-version${given} and --base-url.`
  }
  if (upstreamStatus === 477) return 'HubSpot is moving the account to another data centre: wait until it is done.'
  if (upstreamStatus === 423) return 'HubSpot has locked the record for a moment: run the doctor again.'
  return 'HubSpot refuses this visitor: try another --email, or look the correlation id up with HubSpot.'
}

/** HubSpot documents 12 hours and no token format; the lifetime that a JWT contains is used if it is shorter. */
function explainLifetime(token: string): Check {
  const said = lifetimeOf(token, Number.POSITIVE_INFINITY)
  if (!Number.isFinite(said)) return ok('token-lifetime', 'Tokens do not say how long they live; 12 h are assumed.')
  const note = said > DOCUMENTED_LIFETIME_MS ? '; 12 h of it are used' : ''
  return ok('token-lifetime', `Tokens live ${formatDuration(said)}${note}.`)
}
