// The options about pages: the script tags, where views find them, and the chat's cookies. Part of the type in options.ts.
import type { Request, Response } from 'express'
import type { HubSpotConversationsSettings } from '../page/chat-settings.js'

/** The part of `HubSpotIdentificationOptions` that is about pages. */
export type PageOptions = {
  /**
   * The portal id (Hub ID) of the HubSpot account: digits. If set, the snippet also loads the chat: HubSpot's script, or with a `baseUrl`
   * on this machine the one that the simulator serves there as `/<portalId>.js`.
   *
   * Leave it out when the page already has HubSpot's embed code.
   *
   * @default none: the snippet holds the settings only
   */
  portalId?: string | number | undefined

  /**
   * Where HubSpot hosts the account's data; it determines the host of HubSpot's script.
   *
   * @default 'na1'
   */
  region?: 'na1' | 'eu1' | 'ap1' | (string & {}) | undefined

  /**
   * Further `hsConversationsSettings` for every page, such as `avoidInlineStyles`. The identity keys are refused, and so are documented
   * keys with a value of the wrong type, which HubSpot's widget refuses as well; other keys are passed on.
   *
   * https://developers.hubspot.com/docs/api-reference/latest/conversations/chat-configuration/chat-widget-sdk
   *
   * @default {}
   */
  settings?: HubSpotConversationsSettings | undefined

  /**
   * Gives the CSP nonce of the page. One that is not of base64 characters is left out and reported.
   *
   * @default `res.locals.cspNonce`
   * @example
   * nonce: (req, res) => res.locals.nonce
   */
  nonce?: ((req: Request, res: Response) => string | undefined) | undefined

  /**
   * Inserts the snippet into full HTML pages (GET, sent as text or rendered) in which no view printed it.
   *
   * @default false
   */
  autoInsert?: boolean | undefined

  /**
   * The property of `res.locals` that views read.
   *
   * @default 'hubspot'
   */
  localsKey?: string | undefined

  /**
   * Expires HubSpot's chat cookies when a browser that was identified sends a request without a user (after a logout).
   *
   * With `session: false` set it to `true` if browsers log in with a cookie (OIDC, Clerk, iron-session).
   *
   * @default true; false with `session: false`
   */
  forgetOnLogout?: boolean | undefined
}
