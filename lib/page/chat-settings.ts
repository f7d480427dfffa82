// The type of `hsConversationsSettings`, as HubSpot documents it.

/**
 * `window.hsConversationsSettings` without the two identity keys. Other keys are passed on unchanged.
 *
 * https://developers.hubspot.com/docs/api-reference/latest/conversations/chat-configuration/chat-widget-sdk
 */
export type HubSpotConversationsSettings = {
  /** Load the widget at once, or wait for `HubSpotConversations.widget.load()`. HubSpot's default: `true`. */
  loadImmediately?: boolean | undefined
  /** Render the chat inside the element with this CSS selector, always open. */
  inlineEmbedSelector?: string | undefined
  /** When HubSpot's cookie banner is shown; `true` is the same as `'ON_WIDGET_LOAD'`. */
  enableWidgetCookieBanner?: boolean | 'ON_WIDGET_LOAD' | 'ON_EXIT_INTENT' | undefined
  /** Hide the upload button. */
  disableAttachment?: boolean | undefined
  /** Do not focus the input field at load; for inline embeds. */
  disableInitialInputFocus?: boolean | undefined
  /** Link an external stylesheet instead of adding a style element: for a CSP that allows no inline styles. */
  avoidInlineStyles?: boolean | undefined
  /** Hide the link that starts a new thread. */
  hideNewThreadLink?: boolean | undefined
  /** Set by this library only: a token belongs to one visitor. */
  identificationEmail?: never
  /** Set by this library only: a token belongs to one visitor. */
  identificationToken?: never
  [key: string]: unknown
}

/** The settings of a page: the app's, plus both identity keys when a user is identified. Never with `null` values. */
export type PageSettings = Readonly<Record<string, unknown>> & {
  readonly identificationEmail?: string
  readonly identificationToken?: string
}
