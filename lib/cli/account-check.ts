// Checks of the account: whether the given region and portal id match it, and whether the chat's script can be loaded.
import * as z from 'zod/mini'
import { isLoopback } from '../mint/base-url.js'
import { loaderHost } from '../page/loader.js'
import { DEFAULT_REGION, regionSchema } from '../page/region.js'
import type { GetResult } from './call.js'
import { type Check, failed, ok, skipped, warning } from './check.js'

/** Region and portal id as the operator gave them. */
export type AccountClaims = { readonly region: string | undefined; readonly portalId: string | undefined }

/** Region and portal id as HubSpot reports them. */
type AccountDetails = z.infer<typeof detailsSchema>

const idSchema = z.pipe(
  z.union([z.pipe(z.int().check(z.positive()), z.transform(String)), z.string()]),
  z.string().check(z.regex(/^\d{1,20}$/))
)

/** Both values are printed, so their format is checked; https://developers.hubspot.com/docs/api-reference/account-account-info-v3/guide */
const detailsSchema = z.object({
  portalId: z.catch(z.optional(idSchema), undefined),
  dataHostingLocation: z.catch(z.optional(regionSchema), undefined)
})

/** Compares the given region and portal id with the account's. The call needs a separate scope, so a refusal is no failure. */
export function explainAccount(result: GetResult, claims: AccountClaims): Check[] {
  const details = parseDetails(result)
  if (typeof details === 'string') {
    const why = `the account's details were not told (${details}; optional).`
    return [skipped('region', `Region not compared: ${why}`), skipped('portal', `Portal id not compared: ${why}`)]
  }
  return [explainRegion(details, claims.region), explainPortal(details, claims.portalId)]
}

function explainRegion({ dataHostingLocation: hosted }: AccountDetails, region: string | undefined): Check {
  if (hosted === undefined)
    return skipped('region', 'Region not compared: HubSpot does not say where the account is hosted.')
  if (hosted === (region ?? DEFAULT_REGION)) return ok('region', `The account is hosted in ${hosted}.`)
  if (region !== undefined) {
    const hint = `Set HUBSPOT_REGION (or --region) and the option "region" to ${hosted}.`
    return failed('region', `The account is hosted in ${hosted}, not in ${region}.`, hint)
  }
  const hint = `Set the option "region" to ${hosted}, and HUBSPOT_REGION for this check.`
  return warning('region', `The account is hosted in ${hosted}, and no region was given.`, hint)
}

function explainPortal({ portalId: own }: AccountDetails, portalId: string | undefined): Check {
  if (portalId === undefined) {
    const known = own === undefined ? '' : `; the credential's is ${own}`
    return skipped('portal', `Portal id not compared: none was given (HUBSPOT_PORTAL_ID or --portal-id)${known}.`)
  }
  if (own === undefined) return skipped('portal', "Portal id not compared: HubSpot does not say the account's.")
  if (own === portalId) return ok('portal', `Portal ${own} is the credential's account.`)
  const hint = 'Use the portal id and the credential of one account: tokens of another are not honoured.'
  return failed('portal', `The credential belongs to portal ${own}, not to ${portalId}.`, hint)
}

/** The address of the chat's script: on the region's host, or on the local simulator if `baseUrl` is one. */
export function loaderUrl(baseUrl: URL, { region, portalId }: AccountClaims & { portalId: string }): string {
  const host = isLoopback(baseUrl) ? baseUrl.origin : `https://${loaderHost(region ?? DEFAULT_REGION)}`
  return `${host}/${portalId}.js`
}

/** Checks whether the chat's script was loaded; `undefined` means that it was not requested. */
export function explainLoader(url: string | undefined, result: GetResult | undefined): Check {
  const id = 'loader'
  if (!url || !result) return skipped(id, "The chat's script was not asked for: no portal id was given.")
  const { host } = new URL(url)
  if (!result.ok) {
    const hint =
      'Check the region and the network; visitors load it too, so a firewall of this server alone does no harm.'
    return failed(id, `The chat's script host ${host} cannot be reached (${result.reason}).`, hint)
  }
  const { status } = result.head
  if (status >= 200 && status < 300) return ok(id, `The chat's script can be loaded from ${host}.`)
  const hint = 'Check the portal id and the region.'
  return failed(id, `${host} has no chat script for this portal (it answered ${status}).`, hint)
}

/** The parsed details, or why there are none. */
function parseDetails(result: GetResult): AccountDetails | string {
  if (!result.ok) return result.reason
  const { status } = result.head
  if (status !== 200) return `answered ${status}`
  try {
    return detailsSchema.parse(JSON.parse(result.body ?? ''))
  } catch {
    return 'an answer that is not understood'
  }
}
