// The settings of HubSpot's chat widget that an app may pass on, as HubSpot documents them.

/**
 * `window.hsConversationsSettings`, without the two identity keys. Keys beyond the documented ones are passed on as they are.
 *
 * https://developers.hubspot.com/docs/api-reference/latest/conversations/chat-configuration/chat-widget-sdk
 */
export type HubSpotConversationsSettings = {
  /** Load by itself, or wait for `HubSpotConversations.widget.load()`. HubSpot's default: `true`. */
  loadImmediately?: boolean | undefined
  /** Render inside the element this CSS selector names, always open. */
  inlineEmbedSelector?: string | undefined
  /** When HubSpot's cookie banner shows; `true` equals `'ON_WIDGET_LOAD'`. */
  enableWidgetCookieBanner?: boolean | 'ON_WIDGET_LOAD' | 'ON_EXIT_INTENT' | undefined
  /** Hide the upload button. */
  disableAttachment?: boolean | undefined
  /** Do not take the focus; for inline embeds. */
  disableInitialInputFocus?: boolean | undefined
  /** Link an external stylesheet instead of a style tag: for a policy without inline styles. */
  avoidInlineStyles?: boolean | undefined
  /** Hide the link that starts a new thread. */
  hideNewThreadLink?: boolean | undefined
  /** Set by this library only: a token belongs to one visitor. */
  identificationEmail?: never
  /** Set by this library only: a token belongs to one visitor. */
  identificationToken?: never
  [key: string]: unknown
}

/** The settings that a page prints: the app's, and both identity keys when it is identified. Never with `null` values. */
export type PageSettings = Readonly<Record<string, unknown>> & {
  readonly identificationEmail?: string
  readonly identificationToken?: string
}
