// Pure text: settings as JSON that is safe inside a script element, and the script tags a page prints.
import type { Identification } from '../tokens/identification.js'
import { INLINE_SCRIPT } from './browser-code.js'
import type { PageSettings } from './chat-settings.js'

/** What a snippet is made of. */
export type SnippetParts = {
  /** The settings as `renderJson` gives them. */
  readonly json: string
  readonly nonce: string | undefined
  /** When set, the chat's script is loaded from there, too. */
  readonly loaderUrl: string | undefined
  /** Print the script of the settings though there are none: it takes away an identity that an earlier page left behind. */
  readonly takesAway?: boolean | undefined
}

/** What CSP allows in a nonce: https://www.w3.org/TR/CSP3/#grammardef-nonce-source */
const NONCE_FORM = /^[A-Za-z0-9+/_-]{1,256}={0,2}$/

const NO_SETTINGS = '{}'

/** Characters that could end a script element, an attribute or a JavaScript literal, or start an entity or a `${}`; and non-ASCII. */
const UNSAFE = /[<>&'`$\u007f-\uffff]/
const EVERY_UNSAFE = new RegExp(UNSAFE, 'g')

/** Whether a nonce can stand in an attribute and be matched by a policy. */
export function isNonce(value: unknown): value is string {
  return typeof value === 'string' && NONCE_FORM.test(value)
}

/**
 * ASCII JSON that reads back as exactly the same values in a script element, in a data block and in a single-quoted attribute.
 *
 * In `JSON.parse('...')` and `` JSON.parse(`...`) `` it is as safe: nothing in it ends the literal or starts a `${}`. There
 * JavaScript decodes the escapes once before JSON does, so a double quote, a backslash or a control character does not
 * survive; no escape of these reads back in all places. An address and a token hold none of them: only the app's own settings can.
 */
export function renderJson(value: PageSettings | string): string {
  const json = JSON.stringify(value)
  // Most addresses need no escaping, and testing is faster than replacing.
  return UNSAFE.test(json) ? json.replace(EVERY_UNSAFE, escapeCharacter) : json
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** What `renderJson` gives for the same settings with an identity's keys after them. */
export function addIdentity(json: string, { email, token }: Pick<Identification, 'email' | 'token'>): string {
  const start = json === NO_SETTINGS ? '{' : `${json.slice(0, -1)},`
  return `${start}"identificationEmail":${renderJson(email)},"identificationToken":${renderJson(token)}}`
}

/**
 * The script tags of a page: the settings, merged into `window.hsConversationsSettings`, then the chat's script when there is a
 * portal id. The chat's script reads the settings when it runs, so they have to stand above it.
 */
export function renderSnippet({ json, nonce, loaderUrl, takesAway }: SnippetParts): string {
  const attribute = nonce ? ` nonce="${nonce}"` : ''
  // As text for JSON.parse, because a key `__proto__` in an object literal would set the prototype.
  const argument = JSON.stringify(json)
  const settingsScript =
    json === NO_SETTINGS && !takesAway ? '' : `<script${attribute}>(${INLINE_SCRIPT})(JSON.parse(${argument}))</script>`
  const loader = loaderUrl ? `<script${attribute} src="${loaderUrl}" id="hs-script-loader" async defer></script>` : ''
  return settingsScript + loader
}
