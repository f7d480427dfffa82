// Who the widget speaks for: settings first, then the gentlest call that makes a running widget read them.
import { type Identity, identityFrom, type Nobody, type PageSettings, readSettings, writeSettings } from './settings.js'
import { callWidget, isRunning, resetWidget } from './widget.js'

/** What applies besides the identity. */
export type ApplyOptions = {
  /** Further settings of the page. */
  settings?: PageSettings
  /** Leave a guest's conversation open when the guest turns out to be somebody. */
  gently?: boolean
  /** The widget has been told to load before, so that even one that is not there may hold a guest's snapshot. */
  tried?: boolean
}

/** Whom the widget was last told of, should the page's settings no longer say: an app may replace them. */
let told: Identity | Nobody = {}

/** Takes the identity off the page. */
export function removeIdentity(): void {
  told = {}
  writeSettings({}, told)
}

/**
 * Puts the identity on the page. Another person (or nobody) resets the widget, since it keeps a snapshot; a new token of
 * the same person is only handed over, because a reset would close an open conversation. The settings of before tell
 * whom the widget took its snapshot of: all writes of ours go through here.
 *
 * Says whether the widget was told anything.
 */
export function applyIdentity(
  identity: Identity | Nobody,
  { settings = {}, gently, tried }: ApplyOptions = {}
): boolean {
  const current = identityFrom(readSettings())
  const before = current.identificationEmail ? current : told
  told = identity
  writeSettings(settings, identity)
  const guest = !before.identificationEmail
  const samePerson = before.identificationEmail === identity.identificationEmail
  // Before its first load a widget has no snapshot, and its methods only warn. A removed one may still know somebody.
  if (samePerson && before.identificationToken === identity.identificationToken) return false
  if (isRunning() === false && (samePerson || (guest && !tried))) return false
  if (samePerson || (gently && guest)) callWidget('refresh', { setIdentification: true })
  else resetWidget()
  return true
}
