// The script that the snippet prints; the build makes it the body of a function whose parameter is `pageSettings`.
import { applyIdentity } from './apply-identity.js'
import { identityFrom, type PageSettings } from './settings.js'

/** This page's settings, parsed by the snippet: with both identity keys, or with neither. */
declare const pageSettings: PageSettings

try {
  applyIdentity(identityFrom(pageSettings), { settings: pageSettings })
} catch {
  // The page comes first: whatever other scripts did to the globals, the chat stays as it is.
}
