// The script that the snippet prints; the build makes it the body of a function whose parameter is `pageSettings`.
import { applyIdentity } from './apply-identity.js'
import { identityFrom, type PageSettings, readDocument, readSettings, writeSettings } from './settings.js'
import { bringBack } from './widget.js'

/** This page's settings, parsed by the snippet: with both identity keys, or with neither. */
declare const pageSettings: PageSettings

/**
 * Whether the chat window is open, by its documented cookie:
 * https://knowledge.hubspot.com/reports/what-cookies-does-hubspot-set-in-a-visitor-s-browser
 */
const isOpen = (): boolean => {
  try {
    return /hs-messages-is-open=true/.test(String(readDocument('cookie')))
  } catch {
    // A sandboxed page has no cookies.
    return false
  }
}

/** Turbo has shown a page; htmx is about to save a copy of the page; htmx has swapped something in. */
const SWAP_EVENTS = ['turbo:load', 'htmx:beforeHistorySave', 'htmx:afterSettle']

/**
 * Removes this script's element once Turbo or htmx is seen. Both keep copies of pages for the back button (htmx in the browser's
 * storage) and would run the script in them again, and Turbo does not run a script that is already in the head. Without them the
 * element stays, because frameworks compare the page with what they have rendered.
 */
const watchSwaps = (): void => {
  const script = readDocument('currentScript') as Element
  const onSwap = (): void => {
    script.remove()
    bringBack()
  }
  for (const name of SWAP_EVENTS) addEventListener(name, onSwap, { once: true })
}

try {
  writeSettings(pageSettings, identityFrom(readSettings()))
  applyIdentity(identityFrom(pageSettings), false, isOpen())
  watchSwaps()
} catch {
  // Other scripts may have changed the globals in any way. The page must not break; the chat stays as it is.
}
