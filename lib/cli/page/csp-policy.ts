// Parses Content-Security-Policies as browsers do, and checks whether they allow a script, a style or an address.
import { createHash } from 'node:crypto'
import { coversUrl, type MatchContext } from './csp-source.js'

/** One policy: its directives in lower case, each with its values. */
export type Policy = ReadonlyMap<string, readonly string[]>

/** The directives for each kind of resource; the first one in the policy applies. */
const DIRECTIVES = {
  script: ['script-src-elem', 'script-src', 'default-src'],
  style: ['style-src-elem', 'style-src', 'default-src'],
  connect: ['connect-src', 'default-src'],
  frame: ['frame-src', 'child-src', 'default-src'],
  img: ['img-src', 'default-src']
} as const

/** A kind of resource. */
export type Kind = keyof typeof DIRECTIVES

/** An inline script or style. */
export type Inline = { readonly kind: 'script' | 'style'; readonly text: string; readonly nonce: string | undefined }

/** Parses a header or the content of a meta element; policies are separated by commas, and all of them apply. */
export function parsePolicies(text: string | undefined): Policy[] {
  return (text ?? '')
    .split(',')
    .map(parsePolicy)
    .filter(({ size }) => size > 0)
}

function parsePolicy(text: string): Policy {
  const policy = new Map<string, readonly string[]>()
  for (const part of text.split(';')) {
    const [name, ...values] = part.split(/[\t\n\f\r ]+/).filter(Boolean)
    // Of several directives with one name, browsers use the first.
    if (name && !policy.has(name.toLowerCase())) policy.set(name.toLowerCase(), values)
  }
  return policy
}

/** The directive that applies, and its values; `undefined` if there is none, which allows everything. */
export function decidingDirective(
  policy: Policy,
  kind: Kind
): { name: string; sources: readonly string[] } | undefined {
  const name = DIRECTIVES[kind].find((directive) => policy.has(directive))
  return name === undefined ? undefined : { name, sources: policy.get(name) ?? [] }
}

/** Whether the policy allows an inline script or style. */
export function allowsInline(policy: Policy, { kind, text, nonce }: Inline): boolean {
  const sources = decidingDirective(policy, kind)?.sources
  if (!sources || hasNonce(sources, nonce) || hasHash(sources, text)) return true
  const isStrict = kind === 'script' && hasKeyword(sources, 'strict-dynamic')
  // If there is a nonce or a hash, browsers ignore 'unsafe-inline'.
  return hasKeyword(sources, 'unsafe-inline') && !isStrict && !sources.some((source) => NONCE_OR_HASH.test(source))
}

/** Whether the policy allows a script element with an address in the page's HTML. */
export function allowsScriptElement(
  policy: Policy,
  { src, nonce }: { readonly src: URL; readonly nonce: string | undefined },
  context: MatchContext
): boolean {
  const sources = decidingDirective(policy, 'script')?.sources
  if (!sources || hasNonce(sources, nonce)) return true
  // With 'strict-dynamic', browsers ignore hosts for script elements in the HTML.
  return !hasKeyword(sources, 'strict-dynamic') && coversUrl(sources, src, context)
}

/** Whether the policy allows loading from this address. For a script: whether another script may add it. */
export function allowsUrl(policy: Policy, kind: Kind, url: URL, context: MatchContext): boolean {
  const sources = decidingDirective(policy, kind)?.sources
  if (!sources || (kind === 'script' && hasKeyword(sources, 'strict-dynamic'))) return true
  return coversUrl(sources, url, context)
}

/** Whether the policy allows any script to run. */
export function allowsScripts(policy: Policy): boolean {
  const sandbox = policy.get('sandbox')
  return !sandbox || sandbox.some((flag) => flag.toLowerCase() === 'allow-scripts')
}

const NONCE_OR_HASH = /^'(nonce|sha256|sha384|sha512)-/i

function hasKeyword(sources: readonly string[], keyword: string): boolean {
  return sources.some((source) => source.toLowerCase() === `'${keyword}'`)
}

function hasNonce(sources: readonly string[], nonce: string | undefined): boolean {
  return Boolean(nonce) && sources.some((source) => source.replace(/^'nonce-/i, "'nonce-") === `'nonce-${nonce}'`)
}

function hasHash(sources: readonly string[], text: string): boolean {
  return sources.some((source) => {
    const [, algorithm, value] = /^'(sha256|sha384|sha512)-([a-z0-9+/_=-]+)'$/i.exec(source) ?? []
    if (!algorithm || !value) return false
    const digest = createHash(algorithm.toLowerCase()).update(text).digest('base64')
    return value.replaceAll('-', '+').replaceAll('_', '/') === digest
  })
}
