// A chat widget for these tests: FACTS of HubSpot's client (snapshot, stub state, throttle, events), with every call on record.

/**
 * Served as HubSpot's embed script. Tests read `window.seen`: the calls that came, and whom the widget speaks for.
 * It knows no timers, so that a test may stop the page's clock.
 */
export const WIDGET_SCRIPT = `(() => {
  const seen = (window.seen = window.seen || { calls: [], warnings: [] })
  const settings = () => window.hsConversationsSettings || {}
  const listeners = {}
  let state = 'idle'
  let loadedAt = -Infinity
  let refreshedAt = -Infinity
  let round = 0
  const snapshot = () => {
    seen.as = settings().identificationEmail || 'nobody'
    seen.token = settings().identificationToken
  }
  const start = async () => {
    const mine = ++round
    state = 'pending'
    seen.conversation = 'none'
    snapshot()
    await fetch('/widget-data?as=' + encodeURIComponent(seen.as))
    if (mine === round) state = 'loaded'
  }
  const deleteCookies = () => {
    for (const name of ['messagesUtk', 'hs-messages-is-open', 'hs-messages-hide-welcome-message'])
      document.cookie = name + '=; path=/; max-age=0'
  }
  const reset = () => {
    deleteCookies()
    round++
    state = 'idle'
    seen.as = undefined
    seen.conversation = 'none'
    if (settings().loadImmediately !== false) start()
  }
  const real = (name, act) => (argument) => {
    if (state === 'idle') return seen.warnings.push(name)
    seen.calls.push(argument === undefined ? name : name + ' ' + JSON.stringify(argument))
    act(argument || {})
  }
  const widget = {
    load: (argument) => {
      if (state !== 'idle' || Date.now() - loadedAt < 1000) return
      loadedAt = Date.now()
      seen.calls.push('load' + (argument && argument.widgetOpen ? ' open' : ''))
      start()
    },
    refresh: real('refresh', ({ setIdentification }) => {
      if (Date.now() - refreshedAt < 1000) return seen.calls.push('(dropped)')
      refreshedAt = Date.now()
      if (setIdentification) snapshot()
    }),
    remove: real('remove', () => { state = 'idle' }),
    status: () => ({ loaded: state === 'loaded', pending: state === 'pending' })
  }
  const api = {
    widget,
    clear: real('clear', ({ resetWidget }) => (resetWidget ? reset() : deleteCookies())),
    on: (name, fn) => (listeners[name] = listeners[name] || new Set()).add(fn),
    off: (name, fn) => listeners[name] && listeners[name].delete(fn)
  }
  if (!window.oldBuild) api.resetAndReloadWidget = real('reset', reset)
  seen.converse = () => {
    seen.conversation = 'open'
    for (const fn of listeners.conversationStarted || []) fn({})
  }
  if (settings().loadImmediately !== false) start()
  window.HubSpotConversations = api
  for (const callback of window.hsConversationsOnReady || []) callback()
})()`
