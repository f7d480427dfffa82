// Calls of HubSpot's chat widget. Its methods may be missing, may throw, and are throttled.
import { readDocument, readGlobal, readSettings } from './settings.js'

/** HubSpot executes one `load` and one `refresh` a second, and drops further calls. */
const THROTTLE_MS = 1100

/**
 * Calls `HubSpotConversations.widget[name](...)`, or `HubSpotConversations[name](...)`: no name is on both. Returns the result, or
 * `true` if there is none; `undefined` if the method is missing or throws.
 */
export const callHubSpot = (name: string, ...args: unknown[]): unknown => {
  try {
    const api = Object(readGlobal('HubSpotConversations'))
    return (api.widget[name] ? api.widget : api)[name](...args) || true
  } catch {
    return undefined
  }
}

/** Whether the widget is loaded or loading; `undefined` if that is not known (a build without `pending`, or no API). */
export const isRunning = (): boolean | undefined => {
  const { loaded, pending } = Object(callHubSpot('status'))
  return loaded || pending
}

/** The timer of a throttled call. Exported so that stop() can clear it. */
export let laterCall: ReturnType<typeof setTimeout> | undefined
let refreshedAtMs = 0

/**
 * Loads the widget unless it is running. If HubSpot drops the call, it is repeated a second later; if not, it is not repeated, because
 * the app may have removed the widget by then.
 */
export const loadWidget = (options?: { widgetOpen?: boolean | undefined }): void => {
  const load = (): unknown => isRunning() || callHubSpot('load', options)
  clearTimeout(laterCall)
  load()
  if (!isRunning()) laterCall = setTimeout(load, THROTTLE_MS)
}

/** Makes HubSpot choose the chat of the current URL. */
export const refreshWidget = (): void => {
  clearTimeout(laterCall)
  // Math.abs: if the clock is set back, only a second is waited.
  if (Math.abs(Date.now() - refreshedAtMs) < THROTTLE_MS) laterCall = setTimeout(refreshWidget, THROTTLE_MS)
  else {
    refreshedAtMs = Date.now()
    callHubSpot('refresh')
  }
}

/**
 * Loads the widget again after its element was removed with the body of a swapped page. HubSpot's script does not notice that, and
 * still reports it as loaded. The selector matches `hubspot-messages-iframe-container` and the element of an inline chat.
 */
export const bringBack = (): void => {
  const find = readDocument('querySelector') as Document['querySelector']
  if (!Object(callHubSpot('status')).loaded || find.call(document, 'div[id^=hubspot-]')) return
  callHubSpot('remove')
  loadWidget()
}

/**
 * Restarts the widget with the current settings, by the documented `clear`. For another person `resetAndReloadWidget` is preferred,
 * where a build still has it: HubSpot no longer documents it, but only this method was seen to delete the visitor id in memory, by
 * which HubSpot would recognise the previous guest. With `loadImmediately: false` a widget that was running must then be loaded.
 */
export const resetWidget = (samePerson?: boolean): void => {
  if (!callHubSpot('status')) return
  const ran = isRunning() !== false
  if (samePerson || !callHubSpot('resetAndReloadWidget')) callHubSpot('clear', { resetWidget: true })
  if (ran && readSettings()['loadImmediately'] === false) loadWidget()
}

/** Calls back when HubSpot's API is ready. Callbacks that other scripts have queued are kept. */
export const whenReady = (callback: () => void): void => {
  const queue = readGlobal('hsConversationsOnReady')
  if (callHubSpot('status')) callback()
  else if (Array.isArray(queue)) queue.push(callback)
  else Reflect.set(window, 'hsConversationsOnReady', [callback])
}
