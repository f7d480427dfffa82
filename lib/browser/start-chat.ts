// The chat of a page that asks for its identity: when to ask, and what to do with the answer.
import { applyIdentity, removeIdentity } from './apply-identity.js'
import { type Answer, askApp, askEndpoint, NO_ANSWER, type TokenAnswer } from './ask.js'
import { FORGET_EVENT } from './forget-visitor.js'
import { identityFrom, readDocument, readSettings, writeSettings } from './settings.js'
import { callHubSpot, isRunning, loadWidget, secondLook, THROTTLE_MS, whenReady } from './widget.js'

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
  /**
   * Asks in your own way instead: with a bearer token, on another origin, by GraphQL. `null` is nobody; after a rejection, or
   * an answer that is no identity or takes more than 5 seconds, it is asked again later.
   */
  token?: (() => Promise<TokenAnswer | null>) | undefined
  /** Further `hsConversationsSettings`; what the page has set itself stays. */
  settings?: ChatSettings | undefined
  /** Load the widget open; closed unless told. */
  widgetOpen?: boolean | undefined
  /** Told at the first answer, and again at each change. What it throws stays out of the chat. */
  onIdentity?: ((state: IdentityState) => unknown) | undefined
}

/** Whom the chat speaks for: a person, nobody who is logged in, or (a guest for now) somebody who cannot be asked for. */
export type IdentityState = 'identified' | 'guest' | 'unavailable'

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

const ANSWER_TIMEOUT_MS = 5000
const MIN_INTERVAL_MS = 60 * 1000
const MAX_RETRY_MS = 60 * MIN_INTERVAL_MS
/** Longer than HubSpot's 12 hours, and short enough for a timer, whatever the endpoint claims. */
const MAX_RENEW_MS = 24 * MAX_RETRY_MS
/** A conversation of an earlier page may be open as well: whoever does anything in the window may have one. */
const CONVERSATION_EVENTS = ['conversationStarted', 'userSelectedThread', 'userInteractedWithWidget']
const WAKE_EVENTS = ['visibilitychange', 'pageshow', 'online']

type Timer = ReturnType<typeof setTimeout> | undefined

/**
 * Starts the chat for whoever the token endpoint says is logged in, and keeps it so: asks again before the token ends
 * and when a sleeping tab wakes, at most once a minute, and never closes an open conversation to renew a token. When
 * the endpoint cannot be asked, the chat starts anonymous and the question is repeated later.
 *
 * When a guest turns out to be logged in while a guest's conversation is open (an answer that came late), that
 * conversation stays open; after `refresh()` it does not, because a login may be another person's.
 */
export function startChat(options: StartChatOptions = {}): ChatHandle {
  const { endpoint = '/hubspot/token', token, settings, widgetOpen, onIdentity } = options
  let paused = false
  let stopped = false
  let request: AbortController | undefined
  let latest: Promise<void> | undefined
  let planned: Promise<void> | undefined
  let wanted = false
  let shown = false
  let loaded = false
  let conversing = false
  let failures = 0
  let state: IdentityState | undefined
  /** Whom the endpoint last spoke of. */
  let visitor: Answer['visitor']
  let notBeforeMs = 0
  let refreshedAtMs = -THROTTLE_MS
  let timer: Timer
  let refreshTimer: Timer

  /** Calls of one task share a request. A later call sends its own: the answer under way may be older than the login. */
  const ask = (): Promise<void> => {
    planned =
      planned ||
      Promise.resolve().then(() => {
        planned = undefined
        if (!paused) latest = send()
        return latest
      })
    return planned
  }

  const send = async (): Promise<void> => {
    cancel()
    const mine = new AbortController()
    request = mine
    notBeforeMs = Date.now() + MIN_INTERVAL_MS
    timer = setTimeout(() => mine.abort(), ANSWER_TIMEOUT_MS)
    const answer = await Promise.race([
      (token ? askApp(token) : askEndpoint(endpoint, mine.signal)).catch(() => NO_ANSWER),
      // The app's own way cannot be told to stop.
      new Promise<Answer>((resolve) => {
        mine.signal.onabort = () => resolve(NO_ANSWER)
      })
    ])
    // After stop(), forgetVisitor() or a newer question this answer identifies nobody.
    if (request !== mine) return request && latest
    clearTimeout(timer)
    const running = isRunning()
    const isTold = take(answer)
    // A widget that the app took off the page comes back when the app says so; one that could not load is tried again.
    if (wanted || !loaded) show()
    if (wanted && running && !isTold) refreshWidget()
    wanted = false
  }

  const take = ({ identity, visitor: mark, waitMs }: Answer): boolean => {
    failures = identity ? 0 : failures + 1
    const atLeastMs = MIN_INTERVAL_MS * 2 ** (failures - 1)
    const delayMs = Math.min(Math.max(waitMs, atLeastMs, MIN_INTERVAL_MS), identity ? MAX_RENEW_MS : MAX_RETRY_MS)
    if (failures) notBeforeMs = Date.now() + delayMs
    if (failures || waitMs) timer = setTimeout(ask, delayMs)
    // Somebody else is logged in, whose token cannot be had: the one shown before must not speak for them.
    const now = identity || (mark && mark !== visitor && {})
    visitor = mark || visitor
    const isTold = !!now && applyIdentity(now, { conversing, wanted, tried: shown })
    // A renewal that fails leaves the person in place.
    become(identityFrom(readSettings()).identificationEmail ? 'identified' : identity ? 'guest' : 'unavailable')
    return isTold
  }

  const become = (next: IdentityState): void => {
    // In a task of its own, so that what it throws or rejects with ends here.
    if (state !== next) Promise.resolve(next).then(onIdentity).catch(String)
    state = next
  }

  const cancel = (): void => {
    clearTimeout(timer)
    if (request) request.abort()
    request = undefined
  }

  const wake = (event: Event): void => {
    // A page from the back/forward cache may be another person's by now; it is as good as a page load.
    const restored = (event as PageTransitionEvent).persisted
    const visible = readDocument('visibilityState') === 'visible'
    if (restored || (visible && Date.now() >= notBeforeMs)) void ask()
  }

  const show = (): void => {
    shown = true
    whenReady(() => {
      if (!stopped) loadWidget({ widgetOpen })
    })
  }

  const refreshWidget = (): void => {
    clearTimeout(refreshTimer)
    const waitMs = refreshedAtMs + THROTTLE_MS - performance.now()
    if (waitMs > 0) refreshTimer = setTimeout(refreshWidget, waitMs)
    else {
      refreshedAtMs = performance.now()
      callHubSpot('refresh')
    }
  }

  const forget = (): void => {
    cancel()
    paused = true
    conversing = false
    // Another copy of this code may have forgotten.
    removeIdentity()
    if (!shown) show()
    become('guest')
  }

  const listen = (change: typeof addEventListener): void => {
    change(FORGET_EVENT, forget)
    for (const name of WAKE_EVENTS) change(name, wake)
  }

  writeSettings({ ...settings, loadImmediately: false }, identityFrom(readSettings()))
  listen(addEventListener)
  whenReady(() => {
    for (const name of CONVERSATION_EVENTS) {
      callHubSpot('on', name, () => {
        conversing = true
      })
    }
    callHubSpot('on', 'widgetLoaded', () => {
      loaded = true
    })
  })
  void ask()

  return {
    refresh: () => {
      paused = stopped
      wanted = true
      return ask()
    },
    stop: () => {
      paused = stopped = true
      cancel()
      clearTimeout(refreshTimer)
      clearTimeout(secondLook)
      listen(removeEventListener)
    }
  }
}
