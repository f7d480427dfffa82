// Renders the snippet: settings as JSON that is safe inside a script element, and the script tags of a page. Pure functions.
import type { Identification } from '../tokens/identification.js'
import { INLINE_SCRIPT } from './browser-code.js'
import type { PageSettings } from './chat-settings.js'

/** The parts of a snippet. */
export type SnippetParts = {
  /** The settings as `renderJson` gives them. */
  readonly json: string
  readonly nonce: string | undefined
  /** The URL of the chat's script, if the snippet has to load it. */
  readonly loaderUrl: string | undefined
  /** Print the settings script even without settings: it removes an identity that an earlier page has left in the document. */
  readonly removesIdentity?: boolean | undefined
}

const NO_SETTINGS = '{}'

/** Characters that could end a script element, an attribute or a JavaScript literal, or start an entity or a `${}`; and non-ASCII. */
const UNSAFE = /[<>&'`$\u007f-\uffff]/
const EVERY_UNSAFE = new RegExp(UNSAFE, 'g')

/**
 * ASCII JSON that gives exactly the same values in a script element, in a data block and in a single-quoted attribute.
 *
 * It is also safe in `JSON.parse('...')` and `` JSON.parse(`...`) ``: it cannot end the literal or start a `${}`. But there JavaScript
 * decodes the escapes before JSON does, so a double quote, a backslash or a control character is lost; no escape of them works in all
 * places. Addresses and tokens contain none of them, so only the app's own settings can be affected.
 */
export function renderJson(value: PageSettings | string): string {
  const json = JSON.stringify(value)
  // Most values need no escaping, and a test is faster than a replacement.
  return UNSAFE.test(json) ? json.replace(EVERY_UNSAFE, escapeCharacter) : json
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Adds the identity keys to settings rendered by `renderJson`; the same text as rendering all together. */
export function addIdentity(json: string, { email, token }: Pick<Identification, 'email' | 'token'>): string {
  const start = json === NO_SETTINGS ? '{' : `${json.slice(0, -1)},`
  return `${start}"identificationEmail":${renderJson(email)},"identificationToken":${renderJson(token)}}`
}

/**
 * The script tags of a page: the settings, merged into `window.hsConversationsSettings`, then the chat's script if there is a
 * `loaderUrl`. The chat's script reads the settings when it runs, so they come first.
 */
export function renderSnippet({ json, nonce, loaderUrl, removesIdentity }: SnippetParts): string {
  const attribute = nonce ? ` nonce="${nonce}"` : ''
  // A string for JSON.parse, because a key `__proto__` in an object literal would set the prototype.
  const argument = JSON.stringify(json)
  const settingsScript =
    json === NO_SETTINGS && !removesIdentity
      ? ''
      : `<script${attribute}>(${INLINE_SCRIPT})(JSON.parse(${argument}))</script>`
  const loader = loaderUrl ? `<script${attribute} src="${loaderUrl}" id="hs-script-loader" async defer></script>` : ''
  return settingsScript + loader
}
