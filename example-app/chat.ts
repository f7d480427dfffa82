// The settings for HubSpot: those of an account, or of the simulator in its place.
import { type CspDirectives, cspDirectives } from 'express-hubspot-identification'
import type { HubSpotAccount } from './config.js'

/** The settings that the pages and the middleware need. */
export type Chat = {
  kind: 'hubspot' | 'simulator'
  accessToken: string
  /** `undefined`: HubSpot's own host. */
  baseUrl: string | undefined
  /** For the middleware: with it the snippet also loads the chat's script. */
  portalId: string | undefined
  region: string
  /** The chat's script, for pages without the snippet. */
  loaderUrl: string | undefined
  inboxUrl: string
  /** The sources that a Content-Security-Policy has to allow. */
  sources: CspDirectives
}

/** The chat of a HubSpot account. */
export function chatFromHubSpot({ accessToken, baseUrl, portalId, region }: HubSpotAccount): Chat {
  // The same rule as in the middleware: a `baseUrl` on this machine also serves the chat's script.
  const standIn = /^https?:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/.test(baseUrl ?? '') ? baseUrl : undefined
  const place = { region, baseUrl }
  const host = (name: string) => (region === 'na1' ? name : `${name}-${region}`)
  return {
    kind: 'hubspot',
    accessToken,
    baseUrl,
    portalId,
    region,
    loaderUrl:
      portalId && (standIn ? `${standIn}/${portalId}.js` : `https://${host('js')}.hs-scripts.com/${portalId}.js`),
    inboxUrl: `https://${host('app')}.hubspot.com/live-messages/${portalId ?? ''}`,
    sources: cspDirectives(place)
  }
}

/** The chat of a running simulator. */
export function chatFromSimulator(url: string, portalId: string): Chat {
  const place = { region: 'na1', baseUrl: url }
  return {
    kind: 'simulator',
    accessToken: 'any-token-will-do',
    ...place,
    portalId,
    loaderUrl: `${url}/${portalId}.js`,
    inboxUrl: `${url}/inbox`,
    sources: cspDirectives(place)
  }
}
