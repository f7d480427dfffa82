// The script that the snippet prints; the build makes it the body of a function whose parameter is `pageSettings`.
import { applyIdentity } from './apply-identity.js'
import { identityFrom, type PageSettings, readDocument, readSettings, writeSettings } from './settings.js'

/** This page's settings, parsed by the snippet: with both identity keys, or with neither. */
declare const pageSettings: PageSettings

try {
  writeSettings(pageSettings, identityFrom(readSettings()))
  // The documented cookie of an open window, https://knowledge.hubspot.com/reports/what-cookies-does-hubspot-set-in-a-visitor-s-browser
  applyIdentity(identityFrom(pageSettings), false, /hs-messages-is-open=true/.test(String(readDocument('cookie'))))
} catch {
  // The page comes first: whatever other scripts did to the globals, the chat stays as it is.
}
