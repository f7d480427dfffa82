// How the library's scripts are recognised in a page, and what their text tells. Nothing of it is ever printed.
import { isToken } from '../../mint/token.js'
import { isVisitor, parseVisitor } from '../../visitor/visitor.js'

/** What the settings of a page say of its visitor. */
export type Identity = 'none' | 'half' | 'malformed' | 'whole'

/** The settings that a snippet or a script of the app's hands to the chat. */
export type Settings = {
  readonly identity: Identity
  /** `undefined`: cannot be told. */
  readonly avoidInlineStyles: boolean | undefined
  /** To compare two of them. */
  readonly key: string
}

const SNIPPET_START = '(function(pageSettings){'
/** What the library prints, with the end of its opening tag; of the loader, which stands alone for a guest, the attribute. */
const PRINTED = [`>${SNIPPET_START}`, ' id="hs-script-loader"']
const ESCAPED_QUOTE = /&(?:quot|apos|#34|#39|#x22|#x27);/i
const KEYS = ['identificationEmail', 'identificationToken'] as const

/** Whether a script is the one that the snippet prints. */
export function isSnippet(script: string): boolean {
  return script.trimStart().startsWith(SNIPPET_START)
}

/** Whether a text holds the snippet's tags, which then are no tags. */
export function holdsSnippet(text: string): boolean {
  return PRINTED.some((part) => text.includes(part))
}

/** Whether settings were put into a script with HTML's escapes, which a script does not decode. */
export function hasEscapedSettings(script: string): boolean {
  return /hsConversationsSettings|identificationEmail/.test(script) && ESCAPED_QUOTE.test(script)
}

/** Whether a text that does not run holds settings with an identity, which the snippet of a guest does not. */
export function holdsIdentity(text: string): boolean {
  return /identificationEmail(?:\\*["']|&#?\w+;)\s*:/.test(text)
}

/** The settings that a snippet prints; `undefined` when it is of another form than is known. */
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

/** The settings that a script of the app's own sets, as far as they can be read from its source. */
export function readOwnSettings(script: string): Settings | undefined {
  if (!KEYS.some((key) => script.includes(key))) return undefined
  const [email, token] = KEYS.map((key) => {
    const [, literal] = new RegExp(`${key}\\\\?["']?\\s*[:=]\\s*\\\\?("[^"\\n]*"|'[^'\\n]*')`).exec(script) ?? []
    return literal && parse(`"${literal.slice(1, -1).replace(/\\$/, '').replaceAll('\\\\u', '\\u')}"`)
  })
  return { identity: judge(email, token), avoidInlineStyles: undefined, key: script }
}

/** An identity is both keys, each of the form that HubSpot takes. */
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
