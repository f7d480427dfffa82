// Recognises the library's scripts in a page and reads their settings. Nothing of the text is ever printed.
import { isToken } from '../../mint/token.js'
import { isVisitor, parseVisitor } from '../../visitor/visitor.js'

/** The state of the identity in a page's settings. */
export type Identity = 'none' | 'half' | 'malformed' | 'whole'

/** The settings that a snippet or the app's own script gives to the chat. */
export type Settings = {
  readonly identity: Identity
  /** `undefined`: unknown. */
  readonly avoidInlineStyles: boolean | undefined
  /** Equal for equal settings. */
  readonly key: string
}

const SNIPPET_START = '(function(pageSettings){'
/** Parts of what the library prints: the script with the end of its tag, and an attribute of the loader, which a guest gets alone. */
const PRINTED = [`>${SNIPPET_START}`, ' id="hs-script-loader"']
const ESCAPED_QUOTE = /&(?:quot|apos|#34|#39|#x22|#x27);/i
const KEYS = ['identificationEmail', 'identificationToken'] as const

/** Whether a script is the one that the snippet prints. */
export function isSnippet(script: string): boolean {
  return script.trimStart().startsWith(SNIPPET_START)
}

/** Whether text contains the snippet's tags, which are then not parsed as tags. */
export function holdsSnippet(text: string): boolean {
  return PRINTED.some((part) => text.includes(part))
}

/** Whether a script contains settings with HTML escapes, which are not decoded in a script. */
export function hasEscapedSettings(script: string): boolean {
  return /hsConversationsSettings|identificationEmail/.test(script) && ESCAPED_QUOTE.test(script)
}

/** Whether text that does not run contains settings with an identity; a guest's snippet contains none. */
export function holdsIdentity(text: string): boolean {
  return /identificationEmail(?:\\*["']|&#?\w+;)\s*:/.test(text)
}

/** The settings that a snippet prints; `undefined` if its format is unknown. */
export function readSnippet(script: string): Settings | undefined {
  const argument = script
    .slice(script.lastIndexOf(')(JSON.parse(') + ')(JSON.parse('.length)
    .replace(/\)\)\s*;?\s*$/, '')
  const settings = parse(parse(argument))
  if (typeof settings !== 'object' || settings === null) return undefined
  const { identificationEmail, identificationToken, avoidInlineStyles } = settings as Record<string, unknown>
  return {
    identity: judge(identificationEmail, identificationToken),
    avoidInlineStyles: avoidInlineStyles === true,
    key: JSON.stringify(settings)
  }
}

/** The settings that the app's own script sets, as far as they can be read from its source. */
export function readOwnSettings(script: string): Settings | undefined {
  if (!KEYS.some((key) => script.includes(key))) return undefined
  const [email, token] = KEYS.map((key) => {
    const [, literal] = new RegExp(`${key}\\\\?["']?\\s*[:=]\\s*\\\\?("[^"\\n]*"|'[^'\\n]*')`).exec(script) ?? []
    return literal && parse(`"${literal.slice(1, -1).replace(/\\$/, '').replaceAll('\\\\u', '\\u')}"`)
  })
  return { identity: judge(email, token), avoidInlineStyles: undefined, key: script }
}

/** A whole identity has both keys, each in the format that HubSpot accepts. */
export function judge(email: unknown, token: unknown): Identity {
  if (!email && !token) return 'none'
  if (!email || !token) return 'half'
  const visitor = parseVisitor({ email })
  return isVisitor(visitor) && visitor.email === email && isToken(token) ? 'whole' : 'malformed'
}

function parse(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}
