// Browser code, as text: `window.HubSpotConversations`, its states and events. One loaded chat is in shell.ts.

/**
 * The public calls with HubSpot's rules: the identity is copied when the chat loads; `load` and `refresh` work at most once a
 * second; with `loadImmediately: false`, all calls but `load` only warn until the first load, and again after a reset.
 *
 * Source of the documented calls and events:
 * https://developers.hubspot.com/docs/api-reference/latest/conversations/chat-configuration/chat-widget-sdk
 * Source of the other rules: the code of HubSpot's client. Only in the simulator: `load({ widgetOpen: true })` also opens the
 * window on the first load; after a reset, `load` and `refresh` work at once; `conversationClosed` and `quickReplyButtonClick`
 * accept listeners but are never emitted, because the inbox has neither; `contactAssociated` is emitted with the first message
 * of an identified visitor's conversation; answers are fetched once a second while the page is visible.
 */
export const WIDGET_API = `
  var EVENTS = ['conversationStarted', 'conversationClosed', 'userSelectedThread', 'unreadConversationCountChanged',
    'contactAssociated', 'userInteractedWithWidget', 'widgetLoaded', 'widgetClosed', 'quickReplyButtonClick']
  var listeners = []
  var debugging = false
  /** 'stub': not loaded yet; 'idle': removed from the page, but the identity is kept; 'loading'; 'loaded'. */
  var state = 'stub'
  var shell
  var generation = 0
  var lastCalls = {}
  var loadOptions

  function debugLog(text) { if (debugging) console.log('[HubSpot simulator] ' + text) }

  function emit(name, payload) {
    debugLog(name + ' ' + JSON.stringify(payload))
    listeners.slice().forEach(function (listener) {
      if (listener.name !== name) return
      try { listener.fn(payload) } catch (error) { console.error(error) }
    })
  }

  function tooSoon(name) {
    var now = Date.now()
    if (lastCalls[name] !== undefined && now - lastCalls[name] < 1000) {
      debugLog(name + ' was called less than a second ago, this call is ignored')
      return true
    }
    lastCalls[name] = now
    return false
  }

  function whenBody(fn) {
    if (document.body) fn()
    else document.addEventListener('DOMContentLoaded', fn, { once: true })
  }

  function load(options) {
    state = 'loading'
    loadOptions = options
    var current = ++generation
    whenBody(function () {
      if (current !== generation) return
      shell.load(options).then(function (shown) {
        if (current !== generation) return
        state = shown ? 'loaded' : 'idle'
        if (shown) emit('widgetLoaded', { message: 'widget has loaded' })
      }).catch(function (error) {
        if (current !== generation) return
        state = 'idle'
        console.warn('[HubSpot simulator] The chat did not load: ' + error.message)
      })
    })
  }

  /** Copies the settings, so that later changes to them have no effect. */
  function start(options) {
    var settings = readSettings()
    if (!settings) return
    shell = createShell(settings)
    load(options)
  }

  function takeOff() {
    generation += 1
    if (shell) shell.remove()
    state = 'idle'
  }

  function startAgain() {
    takeOff()
    shell = undefined
    state = 'stub'
    lastCalls = {}
    var settings = readSettings()
    if (settings && settings.loadImmediately) start()
  }

  function loadedOnly(name, fn) {
    return function (options) {
      if (state !== 'stub') return fn(options || {})
      console.warn('[HubSpot simulator] ' + name + '() does nothing before the first widget.load().')
    }
  }

  var api = {
    widget: {
      load: function (options) {
        if (state === 'loading' || state === 'loaded' || tooSoon('load')) return
        if (state === 'stub') start(options)
        else load(options)
      },
      refresh: loadedOnly('widget.refresh', function (options) {
        if (tooSoon('refresh')) return
        if (options.setIdentification) {
          var settings = readSettings()
          if (!settings) return
          shell.identify(settings)
        }
        if (state === 'loaded') shell.refresh(options.openToNewThread)
        else if (state === 'loading' && options.setIdentification) load(loadOptions)
      }),
      open: loadedOnly('widget.open', function () { shell.open() }),
      close: loadedOnly('widget.close', function () { shell.close() }),
      remove: loadedOnly('widget.remove', takeOff),
      status: function () { return { loaded: state === 'loaded', pending: state === 'loading' } }
    },
    clear: loadedOnly('clear', function (options) {
      clearCookies()
      if (options.resetWidget) startAgain()
    }),
    resetAndReloadWidget: loadedOnly('resetAndReloadWidget', function () {
      clearCookies()
      utk = ''
      startAgain()
    }),
    on: function (name, fn) {
      if (EVENTS.indexOf(name) < 0) console.warn('[HubSpot simulator] There is no event ' + name + '.')
      listeners.push({ name: name, fn: fn })
    },
    off: function (name, fn) {
      listeners = listeners.filter(function (listener) { return listener.name !== name || listener.fn !== fn })
    },
    debug: function () { debugging = true },
    simulator: true
  }

  function boot() {
    if (window.HubSpotConversations && window.HubSpotConversations.simulator === true) {
      console.warn('[HubSpot simulator] The script is on this page twice; the second one does nothing.')
      return
    }
    window.HubSpotConversations = api
    var settings = readSettings()
    if (settings && settings.loadImmediately) start()
    var ready = window.hsConversationsOnReady
    if (!Array.isArray(ready)) return
    ready.slice().forEach(function (fn) {
      try { fn() } catch (error) { console.error(error) }
    })
  }
`
