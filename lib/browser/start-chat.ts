// startChat(): when to ask for the identity, and what to do with the answer.
import { applyIdentity } from './apply-identity.js'
import { type Answer, askApp, askEndpoint, NO_ANSWER, type TokenAnswer } from './ask.js'
import { identityFrom, readDocument, readSettings, VISITOR, writeSettings } from './settings.js'
import { callHubSpot, isRunning, laterCall, loadWidget, refreshWidget, whenReady } from './widget.js'

/** HubSpot's documented chat settings, except those that `startChat` sets itself. */
export type ChatSettings = {
  inlineEmbedSelector?: string | undefined
  enableWidgetCookieBanner?: boolean | 'ON_WIDGET_LOAD' | 'ON_EXIT_INTENT' | undefined
  disableAttachment?: boolean | undefined
  disableInitialInputFocus?: boolean | undefined
  avoidInlineStyles?: boolean | undefined
  hideNewThreadLink?: boolean | undefined
}

/** Options of `startChat`; all are optional. */
export type StartChatOptions = {
  /**
   * Path of `tokenEndpoint()` on this origin.
   *
   * @default '/hubspot/token'
   */
  endpoint?: string | undefined
  /**
   * Called instead of the endpoint, to ask in the app's own way: with a bearer token, on another origin, by GraphQL. Resolve with
   * `null` when nobody is logged in. If it rejects, resolves with anything else, or takes more than 5 seconds, it is called again
   * later.
   */
  token?: (() => Promise<TokenAnswer | null>) | undefined
  /** Further `hsConversationsSettings`. Settings that only the page has are kept. */
  settings?: ChatSettings | undefined
  /**
   * Whether the widget is loaded with its window open.
   *
   * @default false
   */
  widgetOpen?: boolean | undefined
  /** Called after the first answer and after each change. If it throws or rejects, that is ignored. */
  onIdentity?: ((state: IdentityState) => unknown) | undefined
}

/** `identified`: a logged-in user; `guest`: nobody is logged in; `unavailable`: not known, because there was no usable answer. */
export type IdentityState = 'identified' | 'guest' | 'unavailable'

/** A running chat. */
export type ChatHandle = {
  /**
   * Asks for the current identity, and makes HubSpot choose the chat of the current URL. Call it after a login without a reload, and
   * after a route change. Resolves when the answer is in use; never rejects.
   */
  refresh: () => Promise<void>
  /** Stops asking: removes timers and listeners, and ignores a pending answer. The widget stays as it is. */
  stop: () => void
}

const ANSWER_TIMEOUT_MS = 5000
const MIN_INTERVAL_MS = 60 * 1000
const MAX_RETRY_MS = 60 * MIN_INTERVAL_MS
/** Longer than the 12 hours of HubSpot's tokens, and within the range of `setTimeout`. */
const MAX_RENEW_MS = 24 * MAX_RETRY_MS
/** The second one too, because the open conversation may have been started on an earlier page. */
const CONVERSATION_EVENTS = ['conversationStarted', 'userInteractedWithWidget']
const WAKE_EVENTS = ['visibilitychange', 'pageshow', 'online']

type Timer = ReturnType<typeof setTimeout> | undefined

/**
 * Starts the chat for the user that the token endpoint names, and keeps it up to date: asks again before the token expires and when a
 * sleeping tab wakes, at most once a minute. An open conversation is not closed to renew a token. While the endpoint gives no usable
 * answer, the chat is anonymous, and the endpoint is asked again later.
 *
 * If a late answer identifies a guest whose conversation is open, that conversation stays open. After `refresh()` it is closed,
 * because the person who has logged in may be another one.
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
  /** The visitor value of the last answer that had one. */
  let visitor: Answer['visitor']
  let pauseMs = MIN_INTERVAL_MS
  let notBeforeMs = 0
  let timer: Timer

  /** Calls in the same task share one request. A later call sends a new one: the pending answer may be older than the login. */
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
      // The option `token` cannot be aborted.
      new Promise<never>((_, reject) => {
        mine.signal.onabort = reject
      })
    ]).catch(() => NO_ANSWER)
    // stop(), forgetVisitor() or a newer request came meanwhile: this answer must not be used.
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
    // Another user has logged in, whose token is not available: the earlier identity is removed.
    const now = identity || (mark && mark !== visitor && {})
    visitor = mark || visitor
    const running = isRunning()
    const isTold = now && applyIdentity(now, shown, conversing, conversing && !wanted)
    // After a failed renewal the identity stays in the settings.
    become(identityFrom(readSettings()).identificationEmail ? 'identified' : identity ? 'guest' : 'unavailable')
    // A widget that the app has removed is loaded again only after refresh().
    if (wanted || !shown) show()
    if (wanted && running && !isTold) refreshWidget()
    wanted = false
  }

  const become = (next: IdentityState): void => {
    // In a promise, so that an error of onIdentity is caught here.
    if (state !== next) Promise.resolve(next).then(onIdentity).catch(String)
    state = next
  }

  const cancel = (): void => {
    clearTimeout(timer)
    request?.abort()
    request = undefined
  }

  const wake = (event: Event): void => {
    // A page restored from the back/forward cache always asks: another user may have logged in since.
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
