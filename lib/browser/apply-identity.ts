// Sets the identity in the page's settings and makes a running widget read them, by the call that disturbs the user least.
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
 * The key on `window` of the identity that was last set. It is needed when the page's settings have lost the identity: the app, or a
 * script of a swapped page, may have replaced them. On `window`, so that all copies of this code share it; a symbol, because no
 * element in the page's HTML can have that name.
 */
const TOLD = Symbol.for(VISITOR)

/** Sets the identity in the page's settings. Does not call the widget. */
export const tell = (identity: Identity | Nobody): void => {
  Reflect.set(window, TOLD, identity)
  writeSettings({}, identity)
}

/**
 * Sets the identity in the page's settings and makes the widget use it. The widget reads the settings only when it loads, so it is
 * reset for another person, for a logout, and for a new token of the same person. An open conversation is not reset if one of the
 * last two parameters says so: the widget then only gets the new token. The identity that the widget has is known from the
 * settings before this call, because all changes of the identity go through this function.
 *
 * `tried`: the widget was told to load earlier. It may have read the settings of a guest, even if it is not loaded now.
 * `sparesOwn`: a conversation is open, and is kept for a new token of the same person.
 * `sparesGuest`: a guest's conversation is open, and is kept when the guest turns out to be logged in.
 *
 * Returns whether the widget was called.
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
  // A widget that was never loaded has read no settings, and its methods only warn. A removed one may still have an identity.
  if (samePerson && before.identificationToken === identity.identificationToken) return false
  if (isRunning() === false && (samePerson || (guest && !tried))) return false
  // HubSpot does not document this flag. It is used only for an open conversation, which the documented reset would close.
  if (samePerson ? sparesOwn : guest && sparesGuest) callHubSpot('refresh', { setIdentification: true })
  else resetWidget(samePerson)
  return true
}
