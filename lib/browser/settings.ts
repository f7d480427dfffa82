// The page's `hsConversationsSettings` and what else a page holds, read and written so that user HTML cannot pose as it.

/**
 * One name for what is about the visitor: the header of the endpoint, the event by which `forgetVisitor` tells every running chat
 * (also of another copy of this code), and the symbol under which `window` holds whom the widget was told of.
 */
export const VISITOR = 'hubspot-visitor'

/** What `window.hsConversationsSettings` holds. */
export type PageSettings = Record<string, unknown>

/** The pair that belongs together: HubSpot takes an email only with its own token. */
export type Identity = { identificationEmail: string; identificationToken: string }

/** The settings of a page that is not identified have neither key. */
export type Nobody = { identificationEmail?: undefined; identificationToken?: undefined }

/**
 * What a script has put on `window` under this name, or `undefined`. An element with such an id or name is reachable as
 * `window[name]` too, but is never an own property, so user HTML does not count.
 */
export const readGlobal = (name: string | symbol): unknown =>
  Reflect.getOwnPropertyDescriptor(window, name) && Reflect.get(window, name)

/** A property of the document itself: `<form name=cookie>` would stand before it as `document.cookie`. */
export const readDocument = (name: string): unknown => Reflect.get(Document.prototype, name, document)

/** The settings of this page; anything but a plain object counts as none. */
export const readSettings = (): PageSettings => {
  const settings: PageSettings = Object(readGlobal('hsConversationsSettings'))
  return Reflect.getPrototypeOf(settings) === Object.prototype ? settings : {}
}

/** The identity in these settings: both keys or none. */
export const identityFrom = (settings: PageSettings): Identity | Nobody => {
  const { identificationEmail, identificationToken } = settings
  return isText(identificationEmail) && isText(identificationToken) ? { identificationEmail, identificationToken } : {}
}

/** Puts further settings over the page's own and this identity in place of whatever identity was there. */
export const writeSettings = (further: PageSettings, identity: Identity | Nobody): void => {
  // A spread defines its keys, so an own `__proto__` cannot change the prototype; it is of no use to HubSpot either.
  const settings: PageSettings = { ...readSettings(), ...further }
  for (const key of ['__proto__', 'identificationEmail', 'identificationToken']) delete settings[key]
  Reflect.set(window, 'hsConversationsSettings', { ...settings, ...identity })
}

const isText = (value: unknown): value is string => !!value && value === String(value)
