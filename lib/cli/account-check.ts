// Where the account is hosted and whether region and portal id fit it, and whether the chat's script can be had there.
import * as z from 'zod/mini'
import { isLoopback } from '../mint/base-url.js'
import { loaderHost } from '../page/loader.js'
import { DEFAULT_REGION, regionSchema } from '../page/region.js'
import type { GetResult } from './call.js'
import { type Check, failed, ok, skipped, warning } from './check.js'

/** What the operator says of the account. */
export type AccountClaims = { readonly region: string | undefined; readonly portalId: string | undefined }

/** What HubSpot says of it. */
type AccountDetails = z.infer<typeof detailsSchema>

const idSchema = z.pipe(
  z.union([z.pipe(z.int().check(z.positive()), z.transform(String)), z.string()]),
  z.string().check(z.regex(/^\d{1,20}$/))
)

/** Both fields in their form, since they are printed; https://developers.hubspot.com/docs/api-reference/account-account-info-v3/guide */
const detailsSchema = z.object({
  portalId: z.catch(z.optional(idSchema), undefined),
  dataHostingLocation: z.catch(z.optional(regionSchema), undefined)
})

/** Compares region and portal id with the account's own; the call needs a scope of its own, so a refusal is no failure. */
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

/** The script's address: at the region's host, or at the stand-in for HubSpot when that is what is being asked. */
export function loaderUrl(baseUrl: URL, { region, portalId }: AccountClaims & { portalId: string }): string {
  const host = isLoopback(baseUrl) ? baseUrl.origin : `https://${loaderHost(region ?? DEFAULT_REGION)}`
  return `${host}/${portalId}.js`
}

/** Says whether the chat's script came; `undefined` means that it was not asked for. */
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
  if (status >= 200 && status < 300) return ok(id, `The chat's script can be had from ${host}.`)
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
