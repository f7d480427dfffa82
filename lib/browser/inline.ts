// The script that the snippet prints; the build makes it the body of a function whose parameter is `pageSettings`.
import { applyIdentity } from './apply-identity.js'
import { identityFrom, type PageSettings, readDocument } from './settings.js'

/** This page's settings, parsed by the snippet: with both identity keys, or with neither. */
declare const pageSettings: PageSettings

try {
  // The documented cookie of an open window, https://knowledge.hubspot.com/reports/what-cookies-does-hubspot-set-in-a-visitor-s-browser
  const conversing = /hs-messages-is-open=true/.test(String(readDocument('cookie')))
  applyIdentity(identityFrom(pageSettings), { settings: pageSettings, conversing, wanted: true })
  // What swaps pages (Turbo, htmx) takes a head script that still stands there for done, and keeps copies of pages for the
  // back button, in storage too: this one runs for each page that prints it, and no copy holds a token.
  ;(readDocument('currentScript') as Element).remove()
} catch {
  // The page comes first: whatever other scripts did to the globals, the chat stays as it is.
}
