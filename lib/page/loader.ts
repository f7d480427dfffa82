// The URL of the chat's script: on HubSpot's host of the region, or on the simulator when `baseUrl` is on this machine.
import { isLoopback } from '../mint/base-url.js'

/** The options that determine the URL. */
export type LoaderSource = {
  readonly portalId?: string | undefined
  readonly region: string
  readonly baseUrl: URL
}

/** The URL, escaped for a double-quoted attribute; `undefined` without a portal id. */
export function loaderUrl({ portalId, region, baseUrl }: LoaderSource): string | undefined {
  if (portalId === undefined) return undefined
  if (!isLoopback(baseUrl)) return `https://${loaderHost(region)}/${portalId}.js`
  const folder = baseUrl.pathname.replace(/\/$/, '')
  // The URL parser escapes quotes and angle brackets in a path, but not the ampersand.
  return `${baseUrl.origin}${folder}/${portalId}.js`.replaceAll('&', '&amp;')
}

/** js.hs-scripts.com, or the host of another region. */
export function loaderHost(region: string): string {
  return region === 'na1' ? 'js.hs-scripts.com' : `js-${region}.hs-scripts.com`
}
