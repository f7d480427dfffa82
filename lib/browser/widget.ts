// HubSpot's chat widget: the calls that may be missing, may throw, or may be throttled.
import { readGlobal, readSettings } from './settings.js'

/** HubSpot honours one `load` or `refresh` a second. */
const THROTTLE_MS = 1100

/** How far the widget has come; `unknown` where a build does not tell `pending`, or there is no telling at all. */
export type WidgetState = 'missing' | 'idle' | 'unknown' | 'running'

/** Calls a method if it is one; what HubSpot's code throws stays out of the app. */
function call(target: unknown, name: string, ...args: unknown[]): unknown {
  try {
    const method: unknown = Reflect.get(Object(target), name)
    return typeof method === 'function' ? Reflect.apply(method, target, args) : undefined
  } catch {
    return undefined
  }
}

function readApi(): unknown {
  return readGlobal('HubSpotConversations')
}

function readWidget(): unknown {
  const api = readApi()
  return api ? Reflect.get(Object(api), 'widget') : undefined
}

/** Calls `HubSpotConversations[name](...)`. */
export function callApi(name: string, ...args: unknown[]): void {
  call(readApi(), name, ...args)
}

/** Calls `HubSpotConversations.widget[name](...)`. */
export function callWidget(name: string, ...args: unknown[]): unknown {
  return call(readWidget(), name, ...args)
}

/** Looks at the widget. */
export function widgetState(): WidgetState {
  if (!readWidget()) return 'missing'
  const status = Object(callWidget('status'))
  if (status.loaded || status.pending) return 'running'
  return status.pending === false ? 'idle' : 'unknown'
}

/** Loads the widget unless it runs; looks again a second later, because HubSpot drops a call that comes too soon. */
export function loadWidget(options?: { widgetOpen?: boolean | undefined }, again = true): void {
  const state = widgetState()
  if (state === 'missing' || state === 'running') return
  callWidget('load', options)
  if (again) setTimeout(() => loadWidget(options, false), THROTTLE_MS)
}

/**
 * Makes the widget start afresh with the settings of now. `resetAndReloadWidget` also blanks the visitor id in memory,
 * which `clear` does not. With `loadImmediately: false` a widget that ran must be loaded again afterwards.
 */
export function resetWidget(): void {
  const ran = widgetState() !== 'idle'
  const api = Object(readApi())
  if (typeof api.resetAndReloadWidget === 'function') callApi('resetAndReloadWidget')
  else callApi('clear', { resetWidget: true })
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
