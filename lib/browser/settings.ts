// Reads and writes `hsConversationsSettings` and other globals of a page. Elements in user-written HTML cannot replace them: an element
// with an id or name is a property of `window` or `document` too (DOM clobbering).

/**
 * One name with three uses: the header of the endpoint that differs from visitor to visitor, the event by which `forgetVisitor`
 * reaches every running chat (also of another copy of this code), and the symbol under which `window` holds the last identity.
 */
export const VISITOR = 'hubspot-visitor'

/** What `window.hsConversationsSettings` holds. */
export type PageSettings = Record<string, unknown>

/** An email and its token. HubSpot identifies a visitor only by both. */
export type Identity = { identificationEmail: string; identificationToken: string }

/** No identity: the settings have neither key. */
export type Nobody = { identificationEmail?: undefined; identificationToken?: undefined }

/**
 * The value that a script has set on `window` under this name, or `undefined`. An element with such an id or name is reachable as
 * `window[name]` too, but is never an own property of `window`.
 */
export const readGlobal = (name: string | symbol): unknown =>
  Reflect.getOwnPropertyDescriptor(window, name) && Reflect.get(window, name)

/** A property of the document, by its prototype, because a `<form name=cookie>` in the page would replace `document.cookie`. */
export const readDocument = (name: string): unknown => Reflect.get(Document.prototype, name, document)

/** The settings of this page; empty if they are not a plain object. */
export const readSettings = (): PageSettings => {
  const settings: PageSettings = Object(readGlobal('hsConversationsSettings'))
  return Reflect.getPrototypeOf(settings) === Object.prototype ? settings : {}
}

/** The identity in these settings; empty if one of the keys is missing. */
export const identityFrom = (settings: PageSettings): Identity | Nobody => {
  const { identificationEmail, identificationToken } = settings
  return isText(identificationEmail) && isText(identificationToken) ? { identificationEmail, identificationToken } : {}
}

/** Adds further settings to those of the page, and replaces the identity. */
export const writeSettings = (further: PageSettings, identity: Identity | Nobody): void => {
  // Spread defines an own `__proto__` as a plain property, so the prototype stays. HubSpot has no use for it.
  const settings: PageSettings = { ...readSettings(), ...further }
  for (const key of ['__proto__', 'identificationEmail', 'identificationToken']) delete settings[key]
  Reflect.set(window, 'hsConversationsSettings', { ...settings, ...identity })
}

const isText = (value: unknown): value is string => !!value && value === String(value)
