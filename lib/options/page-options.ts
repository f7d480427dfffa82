// The options that decide what a page is sent: the script tags, where views find them, and the chat's cookies.
import type { Request, Response } from 'express'
import type { HubSpotConversationsSettings } from '../page/chat-settings.js'

/** The part of `HubSpotIdentificationOptions` that is about pages. */
export type PageOptions = {
  /**
   * HubSpot's portal (Hub) id: digits. When set, the snippet also loads the chat's script: HubSpot's, or with a `baseUrl` on this
   * machine the stand-in that the simulator serves there as `/<portalId>.js`.
   *
   * Leave it out when the page already has HubSpot's embed code.
   *
   * @default none: the snippet prints the settings only
   */
  portalId?: string | number | undefined

  /**
   * Where the account's data is hosted; decides the host of HubSpot's script.
   *
   * @default 'na1'
   */
  region?: 'na1' | 'eu1' | 'ap1' | (string & {}) | undefined

  /**
   * Further `hsConversationsSettings` for every page, such as `avoidInlineStyles`. The identity keys are refused, and so is a
   * documented key of a wrong type, which the widget asserts; other keys are passed on.
   *
   * https://developers.hubspot.com/docs/api-reference/latest/conversations/chat-configuration/chat-widget-sdk
   *
   * @default {}
   */
  settings?: HubSpotConversationsSettings | undefined

  /**
   * The page's CSP nonce, base64 characters; anything else is left out and reported.
   *
   * @default `res.locals.cspNonce`
   * @example
   * nonce: (req, res) => res.locals.nonce
   */
  nonce?: ((req: Request, res: Response) => string | undefined) | undefined

  /**
   * Puts the snippet into full HTML pages (GET, sent as text or rendered) by itself, once, when no view printed it.
   *
   * @default false
   */
  autoInsert?: boolean | undefined

  /**
   * Where views find it on `res.locals`.
   *
   * @default 'hubspot'
   */
  localsKey?: string | undefined

  /**
   * Expires HubSpot's chat cookies when a browser that was identified comes back as nobody.
   *
   * With `session: false` set it to `true` where browsers log in with a cookie (OIDC, Clerk, iron-session).
   *
   * @default true; false with `session: false`
   */
  forgetOnLogout?: boolean | undefined
}
