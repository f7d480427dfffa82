// HubSpot's chat widget: the calls that may be missing, may throw, or may be throttled.
import { readGlobal, readSettings } from './settings.js'

/** HubSpot honours one `load` and one `refresh` a second. */
export const THROTTLE_MS = 1100

function readApi(): unknown {
  const api = Object(readGlobal('HubSpotConversations'))
  return Object(api.widget).load && api
}

/** Calls `HubSpotConversations[name](...)`; a missing method or a fault in HubSpot's code stays out of the app. */
export function callApi(name: string, ...args: unknown[]): unknown {
  return call(readApi(), name, args)
}

/** Calls `HubSpotConversations.widget[name](...)` in the same way. */
export function callWidget(name: string, ...args: unknown[]): unknown {
  return call(Object(readApi()).widget, name, args)
}

function call(target: unknown, name: string, args: unknown[]): unknown {
  try {
    return (target as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args)
  } catch {
    return undefined
  }
}

/** Whether the widget is loaded or on its way; `undefined` when it does not say (builds without `pending`, or no API). */
export function isRunning(): boolean | undefined {
  const { loaded, pending } = Object(callWidget('status'))
  return loaded || pending
}

/** The timer of the last load that did not take, for a chat that is stopped meanwhile. */
export let secondLook: ReturnType<typeof setTimeout> | undefined

/**
 * Loads the widget unless it runs. HubSpot drops a call that comes too soon, so one that did not take is repeated a second
 * later. One that took is not: the app may have removed the widget by then.
 */
export function loadWidget(options?: { widgetOpen?: boolean | undefined }): void {
  const load = (): unknown => isRunning() || callWidget('load', options)
  clearTimeout(secondLook)
  load()
  if (!isRunning()) secondLook = setTimeout(load, THROTTLE_MS)
}

/**
 * Makes the widget start afresh with the settings of now, by the documented `clear`. For another person by
 * `resetAndReloadWidget` where a build still has it: that is in no document any more, but it alone was seen to blank the
 * visitor id in memory, by which the guest of before would be known again. With `loadImmediately: false` a widget that ran
 * must be loaded again afterwards.
 */
export function resetWidget(samePerson?: boolean): void {
  const api = readApi()
  if (!api) return
  const ran = isRunning() !== false
  if (samePerson || !Object(api).resetAndReloadWidget) callApi('clear', { resetWidget: true })
  else callApi('resetAndReloadWidget')
  if (ran && readSettings()['loadImmediately'] === false) loadWidget()
}

/** Runs this once HubSpot's API is there; other scripts' callbacks in the queue stay. */
export function whenReady(callback: () => void): void {
  if (readApi()) {
    callback()
    return
  }
  const queue = readGlobal('hsConversationsOnReady')
  if (Array.isArray(queue)) queue.push(callback)
  else Reflect.set(window, 'hsConversationsOnReady', [callback])
}
