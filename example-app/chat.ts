// Which HubSpot the app talks to: the account, or the simulator that stands in for it.
import { type CspDirectives, cspDirectives } from 'express-hubspot-identification'
import type { HubSpotAccount } from './config.js'

/** What the pages and the middleware need to know of HubSpot. */
export type Chat = {
  kind: 'hubspot' | 'simulator'
  accessToken: string
  /** `undefined`: HubSpot's own host. */
  baseUrl: string | undefined
  /** Given to the middleware, the snippet loads HubSpot's script; the simulator's is loaded by the layout. */
  portalId: string | undefined
  region: string
  /** HubSpot's script, for pages where the snippet does not load it. */
  loaderUrl: string | undefined
  inboxUrl: string
  /** What a Content-Security-Policy has to allow. */
  sources: CspDirectives
}

/** The chat of a HubSpot account. */
export function chatFromHubSpot({ accessToken, baseUrl, portalId, region }: HubSpotAccount): Chat {
  const host = (name: string) => (region === 'na1' ? name : `${name}-${region}`)
  return {
    kind: 'hubspot',
    accessToken,
    baseUrl,
    portalId,
    region,
    loaderUrl: portalId && `https://${host('js')}.hs-scripts.com/${portalId}.js`,
    inboxUrl: `https://${host('app')}.hubspot.com/live-messages/${portalId ?? ''}`,
    sources: cspDirectives({ region })
  }
}

/** The chat of a running simulator. */
export function chatFromSimulator(url: string, portalId: string): Chat {
  return {
    kind: 'simulator',
    accessToken: 'any-token-will-do',
    baseUrl: url,
    portalId: undefined,
    region: 'na1',
    loaderUrl: `${url}/${portalId}.js`,
    inboxUrl: `${url}/inbox`,
    sources: { scriptSrc: [url], connectSrc: [url], frameSrc: [], imgSrc: [], styleSrc: [url] }
  }
}
