// Checks whether the page's Content-Security-Policies allow the snippet and what the chat loads.
import { cspDirectives } from '../../page/csp.js'
import { type Check, failed, ok, skipped, warning } from '../check.js'
import {
  allowsInline,
  allowsScriptElement,
  allowsScripts,
  allowsUrl,
  decidingDirective,
  type Kind,
  type Policy,
  parsePolicies
} from './csp-policy.js'
import type { Answer } from './http-get.js'
import type { Loader, PageFacts, Script } from './read-page.js'

/** The policies of a page; a resource must be allowed by all of them. */
export type Policies = { readonly enforced: readonly Policy[]; readonly reportOnly: readonly Policy[] }

/** The policies in headers and meta elements; only a header can have a policy that only reports. */
export function policiesOf({ headers }: Answer, facts: PageFacts): Policies {
  const header = (name: string) => parsePolicies([headers[name] ?? []].flat().join(','))
  return {
    enforced: [...header('content-security-policy'), ...facts.policies.flatMap((content) => parsePolicies(content))],
    reportOnly: header('content-security-policy-report-only')
  }
}

/** The page to check. */
export type CspInput = { readonly page: URL; readonly facts: PageFacts; readonly region: string | undefined }

/** Three checks: the page's own scripts, the hosts, and the chat's styles. */
export function judgeCsp(policies: Policies, input: CspInput): Check[] {
  return [judgeScripts(policies, input), judgeHosts(policies, input), judgeStyles(policies, input)]
}

const NO_POLICY = 'The page has no Content-Security-Policy'

/** Why a script of the page is blocked. */
type Blocked = { readonly what: string; readonly hint: string }

function judgeScripts({ enforced, reportOnly }: Policies, input: CspInput): Check {
  const id = 'page-csp-script'
  const { snippets, own, starters, loaders } = input.facts
  if (snippets.length + own.length + starters.length + loaders.length === 0) {
    return skipped(id, 'Whether the policy lets the snippet run cannot be told: it is not on this page.')
  }
  if (enforced.length + reportOnly.length === 0) return ok(id, `${NO_POLICY}: its scripts run.`)
  const blocked = firstBlocked(enforced, input)
  if (blocked) return failed(id, `The Content-Security-Policy ${blocked.what}.`, blocked.hint)
  const reported = firstBlocked(reportOnly, input)
  if (reported) return warning(id, `A policy that only reports, once enforced, ${reported.what}.`, reported.hint)
  return ok(id, "The Content-Security-Policy lets the page's chat scripts run.")
}

function firstBlocked(policies: readonly Policy[], { page, facts }: CspInput): Blocked | undefined {
  for (const policy of policies) {
    if (!allowsScripts(policy)) {
      return { what: 'runs no script at all (sandbox)', hint: 'Add allow-scripts to its sandbox directive.' }
    }
    const inline = [...facts.snippets, ...facts.own].find(
      ({ text, nonce }) => !allowsInline(policy, { kind: 'script', text, nonce })
    )
    if (inline) return whyInlineBlocked(policy, inline)
    const starter = facts.starters.find((script) => !allowsScriptElement(policy, script, { page }))
    if (starter)
      return { what: 'does not let the script with data-endpoint run', hint: "Add 'self' to its script-src." }
    const loader = facts.loaders.find((script) => !allowsScriptElement(policy, script, { page }))
    if (loader) return whyLoaderBlocked(loader)
  }
  return undefined
}

function whyInlineBlocked(policy: Policy, { nonce }: Script): Blocked {
  const { name, sources } = decidingDirective(policy, 'script') ?? { name: 'script-src', sources: [] }
  const hasNonces = sources.some((source) => /^'nonce-/i.test(source))
  if (hasNonces && nonce) {
    const hint = 'Both have to come from one place in one request: the option "nonce", or res.locals.cspNonce.'
    return { what: `has another nonce in ${name} than the snippet`, hint }
  }
  if (hasNonces) {
    const hint = 'Set res.locals.cspNonce, or the option "nonce", to the nonce of the policy.'
    return { what: `lets no script run without its nonce (${name}), and the snippet has none`, hint }
  }
  const hint = 'Use a nonce in the policy and in the option "nonce", or browserScript(), which needs no inline script.'
  return { what: `lets no inline script run (${name}), which the snippet is`, hint }
}

function whyLoaderBlocked({ src, region }: Loader): Blocked {
  const what = "does not let the chat's script load"
  if (region !== undefined && src.protocol === 'http:') {
    const hint = 'Write https: before the address in the embed code: as it stands, a page over http loads it over http.'
    return { what, hint }
  }
  return {
    what,
    hint: `Add ${src.origin} to its script-src; beside 'strict-dynamic' it takes the nonce on the script.`
  }
}

const KINDS = {
  script: 'scriptSrc',
  connect: 'connectSrc',
  frame: 'frameSrc',
  img: 'imgSrc',
  style: 'styleSrc'
} as const

function judgeHosts({ enforced, reportOnly }: Policies, input: CspInput): Check {
  const id = 'page-csp-hosts'
  if (enforced.length + reportOnly.length === 0) return ok(id, `${NO_POLICY}: all hosts of the chat are allowed.`)
  const missing = missingSources(enforced, input)
  if (missing.length > 0) {
    const hint = `Add to ${missing.join('; to ')}. cspDirectives() of this package gives all of them.`
    return failed(id, 'The Content-Security-Policy blocks hosts that the chat needs.', hint)
  }
  const reported = missingSources(reportOnly, input)
  if (reported.length > 0) {
    const hint = `Before it is enforced, add to ${reported.join('; to ')}. cspDirectives() of this package gives all of them.`
    return warning(id, 'A policy that only reports, once enforced, blocks hosts that the chat needs.', hint)
  }
  return ok(id, 'The Content-Security-Policy allows all hosts of the chat.')
}

/** The missing sources by directive, such as `img-src: https://track.hubspot.com`. */
function missingSources(policies: readonly Policy[], { page, facts, region }: CspInput): string[] {
  const [loader] = facts.loaders
  const standIn = loader && loader.region === undefined ? loader.src.origin : undefined
  const needed = cspDirectives({ region: loader?.region ?? region, baseUrl: standIn })
  const missing = (Object.keys(KINDS) as (keyof typeof KINDS)[]).flatMap((kind) => {
    const sources = needed[KINDS[kind]].filter((source) =>
      policies.some((policy) => !allowsHost(policy, kind, source, page))
    )
    return sources.length === 0 ? [] : [`${kind}-src: ${sources.join(' ')}`]
  })
  const endpoints = facts.starters.flatMap(({ endpoint }) => endpoint ?? [])
  const areAsked = policies.every((policy) => endpoints.every((url) => allowsUrl(policy, 'connect', url, { page })))
  return areAsked ? missing : [...missing, "connect-src: 'self', for the token endpoint"]
}

/** A needed source with an asterisk is tested with an arbitrary host in its place. */
function allowsHost(policy: Policy, kind: Kind, source: string, page: URL): boolean {
  return allowsUrl(policy, kind, new URL(source.replace('*', 'any-host-of-hubspot')), { page, ignorePath: true })
}

function judgeStyles({ enforced }: Policies, { facts }: CspInput): Check {
  const id = 'page-csp-styles'
  if (enforced.every((policy) => allowsInline(policy, { kind: 'style', text: '', nonce: undefined }))) {
    return ok(id, "The chat's inline styles are allowed.")
  }
  const settings = facts.snippets[0]?.settings
  if (settings?.avoidInlineStyles) {
    return ok(id, 'Inline styles are not allowed, and the chat is told to link a stylesheet (avoidInlineStyles).')
  }
  if (!settings) {
    return skipped(id, 'Inline styles are not allowed; whether avoidInlineStyles is set cannot be seen on this page.')
  }
  const hint = "Set the option settings: { avoidInlineStyles: true }, or allow 'unsafe-inline' in style-src."
  return warning(id, 'The Content-Security-Policy allows no inline styles, which the chat uses.', hint)
}
