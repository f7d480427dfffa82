// Which HubSpot the app talks to: the account, or the simulator that stands in for it.
import { type CspDirectives, cspDirectives } from 'express-hubspot-identification'
import type { HubSpotAccount } from './config.js'

/** What the pages and the middleware need to know of HubSpot. */
export type Chat = {
  kind: 'hubspot' | 'simulator'
  accessToken: string
  /** `undefined`: HubSpot's own host. */
  baseUrl: string | undefined
  /** Given to the middleware, the snippet also loads the chat's script. */
  portalId: string | undefined
  region: string
  /** The chat's script, for pages without the snippet. */
  loaderUrl: string | undefined
  inboxUrl: string
  /** What a Content-Security-Policy has to allow. */
  sources: CspDirectives
}

/** The chat of a HubSpot account. */
export function chatFromHubSpot({ accessToken, baseUrl, portalId, region }: HubSpotAccount): Chat {
  // As the middleware decides it: beside a HubSpot on this machine stands a stand-in for the chat, too.
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
