// Where a page loads the chat's script from: HubSpot's host of the region, or the stand-in beside a HubSpot on this machine.
import { isLoopback } from '../mint/base-url.js'

/** The options that decide where the script is loaded from. */
export type LoaderSource = {
  readonly portalId?: string | undefined
  readonly region: string
  readonly baseUrl: URL
}

/** The script's address as text for a double-quoted attribute; `undefined` without a portal. */
export function loaderUrl({ portalId, region, baseUrl }: LoaderSource): string | undefined {
  if (portalId === undefined) return undefined
  if (!isLoopback(baseUrl)) return `https://${loaderHost(region)}/${portalId}.js`
  const folder = baseUrl.pathname.replace(/\/$/, '')
  // The URL parser encodes quotes and angle brackets in a path, but leaves an ampersand.
  return `${baseUrl.origin}${folder}/${portalId}.js`.replaceAll('&', '&amp;')
}

/** js.hs-scripts.com, or the host of another region; a portal id does not tell the region. */
export function loaderHost(region: string): string {
  return region === 'na1' ? 'js.hs-scripts.com' : `js-${region}.hs-scripts.com`
}
