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

/** Turbo has shown a page; htmx is about to copy the page; htmx has swapped something in. */
const SWAP_EVENTS = ['turbo:load', 'htmx:beforeHistorySave', 'htmx:afterSettle']

/**
 * Turbo and htmx keep copies of pages for the back button, htmx in the browser's storage, and run their scripts again; and Turbo
 * takes a script that still stands in the head for done. So they get this script's element removed. Elsewhere it stays, because
 * a framework may look for what it has printed.
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
  // The page comes first: whatever other scripts did to the globals, the chat stays as it is.
}
