// Scripts that run in the page before its own: they record the calls on the simulator's widget, and count the endpoint's answers.

/**
 * Records the calls on `HubSpotConversations` in `window.calls`. With `window.oldBuild` the widget has no
 * `resetAndReloadWidget`, which only some builds of HubSpot's script have; with `window.noPending` its status has no `pending`.
 */
const RECORD_CALLS = `(() => {
  window.calls = []
  const wrap = (target, name) => {
    const original = target[name]
    target[name] = (argument) => {
      calls.push(argument === undefined ? name : name + ' ' + JSON.stringify(argument))
      return original(argument)
    }
  }
  Object.defineProperty(window, 'HubSpotConversations', {
    configurable: true,
    get: () => undefined,
    set: (api) => {
      for (const name of ['load', 'refresh', 'remove']) wrap(api.widget, name)
      for (const name of ['clear', 'resetAndReloadWidget']) wrap(api, name)
      const { status } = api.widget
      if (window.noPending) api.widget.status = () => ({ loaded: status().loaded })
      if (window.oldBuild) delete api.resetAndReloadWidget
      Object.defineProperty(window, 'HubSpotConversations', { value: api, writable: true, configurable: true })
    }
  })
})()`

/** Counts the endpoint's answers in `window.answered`, each after the waiting code has run; works without timers. */
const COUNT_ANSWERS = `(() => {
  const original = window.fetch
  window.answered = 0
  const count = () => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => { window.answered += 1 }
    port2.postMessage('')
  }
  window.fetch = async (...args) => {
    if (!String(args[0]).includes('/hubspot/token')) return original(...args)
    try {
      const response = await original(...args)
      response.clone().text().then(count, count)
      return response
    } catch (error) {
      count()
      throw error
    }
  }
})()`

/** Both, for `page.addInitScript`. */
export const RECORDER = `${RECORD_CALLS};\n${COUNT_ANSWERS}`
