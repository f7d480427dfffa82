// The checks of `doctor --email`, in the order of the output: local settings, one real mint, the account, the chat's script,
// clock and rate limits.
import type { Visitor } from '../visitor/visitor.js'
import { type AccountClaims, explainAccount, explainLoader, loaderUrl } from './account-check.js'
import { checkApiVersion } from './api-version.js'
import { type DoctorFetch, get, unwrapCause } from './call.js'
import { type Check, skipped } from './check.js'
import { readCredential } from './credential.js'
import { explainClock, explainRateBudget } from './head-check.js'
import { explainMint, mintOnce } from './mint-check.js'

/** The validated settings of `doctor --email`. */
export type DoctorSettings = AccountClaims & {
  readonly visitor: Visitor
  readonly apiVersion: string
  readonly baseUrl: URL
}

/** Environment, clock and network, which tests replace. */
export type DoctorWorld = {
  readonly env: NodeJS.ProcessEnv
  readonly now: () => number
  readonly fetch: DoctorFetch
  /** The time limit of one call, in milliseconds. */
  readonly timeoutMs: number
}

/** Runs every check. Mints at most one token, creates no contact, and sends the credential only to `baseUrl`. Never throws. */
export async function examine(settings: DoctorSettings, world: DoctorWorld): Promise<Check[]> {
  const { env, now, timeoutMs } = world
  const reach = { send: unwrapCause(world.fetch), now, timeoutMs }
  const { check: credential, accessToken } = readCredential(env)
  const [api, loader] = await Promise.all([
    accessToken === undefined ? skipApi() : checkApi(settings, { ...reach, accessToken }),
    checkLoader(settings, reach)
  ])
  return [credential, checkApiVersion(settings.apiVersion, now()), ...api.account, loader, ...api.rest]
}

type Reach = { readonly send: DoctorFetch; readonly timeoutMs: number; readonly now: () => number }

/** The checks that call the API: those printed before the check of the chat's script, and those after it. */
type ApiChecks = { readonly account: readonly Check[]; readonly rest: readonly Check[] }

async function checkApi(settings: DoctorSettings, reach: Reach & { accessToken: string }): Promise<ApiChecks> {
  const plan = { ...settings, ...reach }
  const url = new URL(`${settings.baseUrl.href.replace(/\/$/, '')}/account-info/v3/details`).href
  const [minted, account] = await Promise.all([mintOnce(plan), get({ ...reach, url, withBody: true })])
  const heads = [minted.head, account.ok ? account.head : undefined]
  return {
    account: [...explainMint(minted, plan), ...explainAccount(account, settings)],
    rest: [explainClock(heads), explainRateBudget(heads)]
  }
}

function skipApi(): ApiChecks {
  const without = 'not checked without a credential.'
  return {
    account: [
      skipped('accepted', `Whether HubSpot accepts the credential: ${without}`),
      skipped('scope', `The credential's scope: ${without}`),
      skipped('plan', `The account's plan: ${without}`),
      skipped('mint', `One real mint: ${without}`),
      skipped('token-lifetime', `The token's lifetime: ${without}`),
      skipped('region', `The account's region: ${without}`),
      skipped('portal', `The account's portal id: ${without}`)
    ],
    rest: [skipped('clock', `The clock: ${without}`), skipped('rate-budget', `The rate budget: ${without}`)]
  }
}

async function checkLoader(settings: DoctorSettings, reach: Reach): Promise<Check> {
  const { portalId, region } = settings
  if (portalId === undefined) return explainLoader(undefined, undefined)
  const url = loaderUrl(settings.baseUrl, { portalId, region })
  return explainLoader(url, await get({ ...reach, url, withBody: false }))
}
