// The chat of a page that asks for its identity: when to ask, and what to do with the answer.
import { applyIdentity } from './apply-identity.js'
import { type Answer, askApp, askEndpoint, NO_ANSWER, type TokenAnswer } from './ask.js'
import { identityFrom, readDocument, readSettings, VISITOR, writeSettings } from './settings.js'
import { callHubSpot, isRunning, laterCall, loadWidget, refreshWidget, whenReady } from './widget.js'

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
const CONVERSATION_EVENTS = ['conversationStarted', 'userInteractedWithWidget']
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
export function startChat({
  endpoint = '/hubspot/token',
  token,
  settings,
  widgetOpen,
  onIdentity
}: StartChatOptions = {}): ChatHandle {
  let paused: boolean | undefined
  let stopped: boolean | undefined
  let request: AbortController | undefined
  let latest = Promise.resolve()
  let planned: boolean | undefined
  let wanted: boolean | undefined
  let shown: boolean | undefined
  let conversing: boolean | undefined
  let state: IdentityState | undefined
  /** Whom the endpoint last spoke of. */
  let visitor: Answer['visitor']
  let pauseMs = MIN_INTERVAL_MS
  let notBeforeMs = 0
  let timer: Timer

  /** Calls of one task share a request. A later call sends its own: the answer under way may be older than the login. */
  const ask = (): Promise<void> => {
    if (!planned) latest = Promise.resolve().then(send)
    planned = true
    return latest
  }

  const send = async (): Promise<void> => {
    planned = false
    if (paused) return
    cancel()
    notBeforeMs = Date.now() + MIN_INTERVAL_MS
    const mine = new AbortController()
    request = mine
    timer = setTimeout(() => mine.abort(), ANSWER_TIMEOUT_MS)
    const answer = await Promise.race([
      token ? askApp(token) : askEndpoint(endpoint, mine.signal),
      // The app's own way cannot be told to stop.
      new Promise<never>((_, reject) => {
        mine.signal.onabort = reject
      })
    ]).catch(() => NO_ANSWER)
    // After stop(), forgetVisitor() or a newer question this answer identifies nobody.
    if (request !== mine) return request && latest
    take(answer)
  }

  const take = ({ identity, visitor: mark, waitMs = 0 }: Answer): void => {
    if (identity) pauseMs = MIN_INTERVAL_MS
    const delayMs = Math.min(Math.max(waitMs, pauseMs), identity ? MAX_RENEW_MS : MAX_RETRY_MS)
    if (!identity) {
      pauseMs *= 2
      notBeforeMs = Date.now() + delayMs
    }
    if (!identity || waitMs) timer = setTimeout(ask, delayMs)
    // Somebody else is logged in, whose token cannot be had: the one shown before must not speak for them.
    const now = identity || (mark && mark !== visitor && {})
    visitor = mark || visitor
    const running = isRunning()
    const isTold = now && applyIdentity(now, shown, conversing, conversing && !wanted)
    // A renewal that fails leaves the person in place.
    become(identityFrom(readSettings()).identificationEmail ? 'identified' : identity ? 'guest' : 'unavailable')
    // A widget that the app took off the page comes back when the app says so.
    if (wanted || !shown) show()
    if (wanted && running && !isTold) refreshWidget()
    wanted = false
  }

  const become = (next: IdentityState): void => {
    // In a task of its own, so that what it throws or rejects with ends here.
    if (state !== next) Promise.resolve(next).then(onIdentity).catch(String)
    state = next
  }

  const cancel = (): void => {
    clearTimeout(timer)
    request?.abort()
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

  const forget = (): void => {
    cancel()
    paused = true
    conversing = false
    if (!shown) show()
    become('guest')
  }

  const listen = (change: typeof addEventListener): void => {
    change(VISITOR, forget)
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
      clearTimeout(laterCall)
      listen(removeEventListener)
    }
  }
}
