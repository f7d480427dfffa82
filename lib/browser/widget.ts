// HubSpot's chat widget: the calls that may be missing, may throw, or may be throttled.
import { readDocument, readGlobal, readSettings } from './settings.js'

/** HubSpot honours one `load` and one `refresh` a second, and drops what comes sooner. */
const THROTTLE_MS = 1100

/**
 * Calls `HubSpotConversations.widget[name](...)`, or `HubSpotConversations[name](...)`: no name is on both. Gives what the call
 * gave, or `true`; nothing when the method is missing or HubSpot's code threw, which stays out of the app.
 */
export const callHubSpot = (name: string, ...args: unknown[]): unknown => {
  try {
    const api = Object(readGlobal('HubSpotConversations'))
    return (api.widget[name] ? api.widget : api)[name](...args) || true
  } catch {
    return undefined
  }
}

/** Whether the widget is loaded or on its way; `undefined` when it does not say (builds without `pending`, or no API). */
export const isRunning = (): boolean | undefined => {
  const { loaded, pending } = Object(callHubSpot('status'))
  return loaded || pending
}

/** The timer of a call that HubSpot would drop now, for a chat that is stopped meanwhile. */
export let laterCall: ReturnType<typeof setTimeout> | undefined
let refreshedAtMs = 0

/**
 * Loads the widget unless it runs. A call that did not take is repeated a second later. One that took is not: the app may
 * have removed the widget by then.
 */
export const loadWidget = (options?: { widgetOpen?: boolean | undefined }): void => {
  const load = (): unknown => isRunning() || callHubSpot('load', options)
  clearTimeout(laterCall)
  load()
  if (!isRunning()) laterCall = setTimeout(load, THROTTLE_MS)
}

/** Has HubSpot choose the chat of the current URL. */
export const refreshWidget = (): void => {
  clearTimeout(laterCall)
  // A clock that is set back does not count as too soon.
  if (Math.abs(Date.now() - refreshedAtMs) < THROTTLE_MS) laterCall = setTimeout(refreshWidget, THROTTLE_MS)
  else {
    refreshedAtMs = Date.now()
    callHubSpot('refresh')
  }
}

/**
 * Brings back a widget whose element went away with the body of a swapped page: HubSpot's script does not notice, and goes on
 * calling it loaded. `hubspot-messages-iframe-container` and the element of an inline chat begin like this.
 */
export const bringBack = (): void => {
  const find = readDocument('querySelector') as Document['querySelector']
  if (!Object(callHubSpot('status')).loaded || find.call(document, 'div[id^=hubspot-]')) return
  callHubSpot('remove')
  loadWidget()
}

/**
 * Makes the widget start afresh with the settings of now, by the documented `clear`. For another person by
 * `resetAndReloadWidget` where a build still has it: that is in no document any more, but it alone was seen to blank the
 * visitor id in memory, by which the guest of before would be known again. With `loadImmediately: false` a widget that ran
 * must be loaded again afterwards.
 */
export const resetWidget = (samePerson?: boolean): void => {
  if (!callHubSpot('status')) return
  const ran = isRunning() !== false
  if (samePerson || !callHubSpot('resetAndReloadWidget')) callHubSpot('clear', { resetWidget: true })
  if (ran && readSettings()['loadImmediately'] === false) loadWidget()
}

/** Runs this once HubSpot's API is there; other scripts' callbacks in the queue stay. */
export const whenReady = (callback: () => void): void => {
  const queue = readGlobal('hsConversationsOnReady')
  if (callHubSpot('status')) callback()
  else if (Array.isArray(queue)) queue.push(callback)
  else Reflect.set(window, 'hsConversationsOnReady', [callback])
}
