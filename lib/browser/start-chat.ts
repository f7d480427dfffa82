// The chat of a page that asks for its identity: when to ask, and what to do with the answer.
import { applyIdentity, type Change } from './apply-identity.js'
import { type Answer, askEndpoint } from './endpoint.js'
import { FORGET_EVENT } from './forget-visitor.js'
import { identityFrom, readSettings, writeSettings } from './settings.js'
import { callApi, callWidget, loadWidget, whenReady } from './widget.js'

/** HubSpot's documented chat settings, less those that `startChat` sets itself. */
export type ChatSettings = {
  inlineEmbedSelector?: string | undefined
  enableWidgetCookieBanner?: boolean | 'ON_WIDGET_LOAD' | 'ON_EXIT_INTENT' | undefined
  disableAttachment?: boolean | undefined
  disableInitialInputFocus?: boolean | undefined
  avoidInlineStyles?: boolean | undefined
  hideNewThreadLink?: boolean | undefined
}

/** What `startChat` takes; nothing is required. */
export type StartChatOptions = {
  /** Path of `tokenEndpoint()` on this origin; `/hubspot/token` unless told. */
  endpoint?: string | undefined
  /** Further `hsConversationsSettings`; what the page has set itself stays. */
  settings?: ChatSettings | undefined
  /** Load the widget open; closed unless told. */
  widgetOpen?: boolean | undefined
}

/** A running chat. */
export type ChatHandle = {
  /**
   * Asks the endpoint who the user is now and has HubSpot choose the chat of the current URL: call it after a login
   * without a reload and after a route change. Resolves when the answer is in place; never rejects.
   */
  refresh: () => Promise<void>
  /** Ends the asking: no timer, listener or late answer is left. The widget stays as it is. */
  stop: () => void
}

const ENDPOINT_TIMEOUT_MS = 5000
const MIN_INTERVAL_MS = 60 * 1000
const MAX_RETRY_MS = 60 * 60 * 1000
const RENEW_BEFORE_MS = 10 * 60 * 1000
/** Longer than HubSpot's 12 hours, and short enough for a timer, whatever the endpoint claims. */
const MAX_LIFETIME_MS = 24 * 60 * 60 * 1000
/** HubSpot honours one `widget.refresh` a second. */
const REFRESH_THROTTLE_MS = 1100
const CONVERSATION_EVENTS = ['conversationStarted', 'userSelectedThread']
const WAKE_EVENTS = ['visibilitychange', 'pageshow', 'online']

/**
 * Starts the chat for whoever the token endpoint says is logged in, and keeps it so: asks again before the token ends
 * and when a sleeping tab wakes, at most once a minute, and never closes an open conversation to renew a token. When
 * the endpoint cannot be asked, the chat starts anonymous and the question is repeated later.
 *
 * When a guest turns out to be logged in while a guest's conversation is open (an answer that came late), that
 * conversation stays open; after `refresh()` it does not, because a login may be another person's.
 */
export function startChat({ endpoint = '/hubspot/token', settings, widgetOpen }: StartChatOptions = {}): ChatHandle {
  let mode: 'asking' | 'forgotten' | 'stopped' = 'asking'
  let request: AbortController | undefined
  let latest = Promise.resolve()
  let planned: Promise<void> | undefined
  let wanted = false
  let conversing = false
  let failures = 0
  let notBeforeMs = 0
  let timer = 0
  let refreshTimer = 0
  let refreshedAtMs = 0

  /** Calls of one task share a request. A later call sends its own: the answer under way may be older than the login. */
  const ask = (): Promise<void> => {
    planned ??= Promise.resolve().then(() => {
      planned = undefined
      if (mode === 'asking') latest = send()
      return latest
    })
    return planned
  }

  const send = async (): Promise<void> => {
    cancel()
    const mine = new AbortController()
    request = mine
    notBeforeMs = Date.now() + MIN_INTERVAL_MS
    const timeout = window.setTimeout(() => mine.abort(), ENDPOINT_TIMEOUT_MS)
    const answer = await askEndpoint(endpoint, mine.signal)
    clearTimeout(timeout)
    // After stop(), forgetVisitor() or a newer question this answer identifies nobody.
    if (request !== mine) return request && latest
    const change = take(answer)
    show()
    if (wanted && change === 'none') refreshWidget()
    wanted = false
  }

  const take = (answer: Answer): Change => {
    failures = answer.kind === 'failed' ? failures + 1 : 0
    if (answer.kind === 'failed') {
      const waitMs = Math.max(answer.retryAfterMs, MIN_INTERVAL_MS * 2 ** (failures - 1))
      askLater(Math.min(waitMs, MAX_RETRY_MS))
      return 'none'
    }
    if (answer.kind === 'nobody') return applyIdentity(undefined)
    const lifetimeMs = Math.min(answer.lifetimeMs, MAX_LIFETIME_MS)
    askLater(lifetimeMs - Math.min(RENEW_BEFORE_MS, lifetimeMs / 4))
    return applyIdentity(answer.identity, { gently: conversing && !wanted })
  }

  const askLater = (delayMs: number): void => {
    const waitMs = Math.max(delayMs, MIN_INTERVAL_MS)
    if (failures) notBeforeMs = Date.now() + waitMs
    timer = window.setTimeout(() => void ask(), waitMs)
  }

  const cancel = (): void => {
    clearTimeout(timer)
    request?.abort()
    request = undefined
  }

  const wake = (event: Event): void => {
    // A page from the back/forward cache may be another person's by now; it is as good as a page load.
    const restored = (event as PageTransitionEvent).persisted
    const visible = Reflect.get(Document.prototype, 'visibilityState', document) === 'visible'
    if (restored || (visible && Date.now() >= notBeforeMs)) ask()
  }

  const noteConversation = (): void => {
    conversing = true
  }

  const show = (): void =>
    whenReady(() => {
      if (mode === 'stopped') return
      for (const name of CONVERSATION_EVENTS) {
        callApi('off', name, noteConversation)
        callApi('on', name, noteConversation)
      }
      loadWidget({ widgetOpen })
    })

  const refreshWidget = (): void => {
    clearTimeout(refreshTimer)
    const waitMs = Math.min(refreshedAtMs + REFRESH_THROTTLE_MS - Date.now(), REFRESH_THROTTLE_MS)
    if (waitMs > 0) {
      refreshTimer = window.setTimeout(refreshWidget, waitMs)
      return
    }
    refreshedAtMs = Date.now()
    callWidget('refresh')
  }

  const forget = (): void => {
    cancel()
    mode = 'forgotten'
    conversing = false
    show()
  }

  writeSettings({ ...settings, loadImmediately: false }, identityFrom(readSettings()))
  addEventListener(FORGET_EVENT, forget)
  for (const name of WAKE_EVENTS) addEventListener(name, wake)
  void ask()

  return {
    refresh: () => {
      if (mode === 'stopped') return Promise.resolve()
      mode = 'asking'
      wanted = true
      return ask()
    },
    stop: () => {
      mode = 'stopped'
      cancel()
      clearTimeout(refreshTimer)
      removeEventListener(FORGET_EVENT, forget)
      for (const name of WAKE_EVENTS) removeEventListener(name, wake)
    }
  }
}
