// Who the widget speaks for: settings first, then the gentlest call that makes a running widget read them.
import {
  type Identity,
  identityFrom,
  type Nobody,
  readGlobal,
  readSettings,
  VISITOR,
  writeSettings
} from './settings.js'
import { callHubSpot, isRunning, resetWidget } from './widget.js'

/**
 * Whom the widget was last told of, should the page's settings no longer say: an app may replace them, and so does a script of
 * a page that is swapped in. On `window`, for every copy of this code; as a symbol, which no HTML can name.
 */
const TOLD = Symbol.for(VISITOR)

/** Puts the identity into the page's settings, without a word to the widget. */
export const tell = (identity: Identity | Nobody): void => {
  Reflect.set(window, TOLD, identity)
  writeSettings({}, identity)
}

/**
 * Puts the identity on the page. Another person (or nobody) resets the widget, since it keeps a snapshot; so does a new token
 * of the same person while no conversation is open. An open one is spared: there the new token is only handed over. The
 * settings of before tell whom the widget took its snapshot of: all writes of ours go through here.
 *
 * `tried`: the widget has been told to load before, so that even one that is not there may hold a guest's snapshot.
 * `sparesOwn` and `sparesGuest`: a conversation is open, and stays so for a new token of the same person, or for a guest who
 * turns out to be a person.
 *
 * Says whether the widget was told anything.
 */
export const applyIdentity = (
  identity: Identity | Nobody,
  tried?: boolean,
  sparesOwn?: boolean,
  sparesGuest?: boolean
): boolean => {
  const current = identityFrom(readSettings())
  const before = current.identificationEmail ? current : identityFrom(Object(readGlobal(TOLD)))
  tell(identity)
  const guest = !before.identificationEmail
  const samePerson = before.identificationEmail === identity.identificationEmail
  // Before its first load a widget has no snapshot, and its methods only warn. A removed one may still know somebody.
  if (samePerson && before.identificationToken === identity.identificationToken) return false
  if (isRunning() === false && (samePerson || (guest && !tried))) return false
  // The flag is in no document of HubSpot's: only to spare an open conversation, which the documented reset would close.
  if (samePerson ? sparesOwn : guest && sparesGuest) callHubSpot('refresh', { setIdentification: true })
  else resetWidget(samePerson)
  return true
}
