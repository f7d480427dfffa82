// Whether one source expression of a Content-Security-Policy covers an address, https://www.w3.org/TR/CSP3/#match-url-to-source-list.

/** What the comparison needs besides the expression and the address. */
export type MatchContext = {
  /** The address of the page that has the policy. */
  readonly page: URL
  /** Compare only scheme, host and port, because no more of the address is known. */
  readonly ignorePath?: boolean
}

const SCHEME_SOURCE = /^([a-z][a-z0-9+.-]*):$/i
const HOST_SOURCE =
  /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*|(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::(\d{1,5}|\*))?(\/[^?#]*)?$/i
const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443', 'ws:': '80', 'wss:': '443' }

/** Whether any of these expressions covers the address; keywords other than `'self'` cover none. */
export function coversUrl(sources: readonly string[], url: URL, context: MatchContext): boolean {
  return sources.some((source) => covers(source, url, context))
}

function covers(source: string, url: URL, context: MatchContext): boolean {
  const { page } = context
  // In browsers, the asterisk covers http, https, ws and wss, and the page's own scheme.
  if (source === '*') return Object.hasOwn(DEFAULT_PORTS, url.protocol) || url.protocol === page.protocol
  if (source.toLowerCase() === "'self'") return isSelf(url, page)
  const [, scheme] = SCHEME_SOURCE.exec(source) ?? []
  if (scheme) return coversScheme(`${scheme.toLowerCase()}:`, url.protocol)
  const [, ownScheme, host, port, path] = HOST_SOURCE.exec(source) ?? []
  return (
    host !== undefined &&
    coversScheme(ownScheme ? `${ownScheme.toLowerCase()}:` : page.protocol, url.protocol) &&
    coversHost(host.toLowerCase(), url.hostname) &&
    coversPort(port, url) &&
    (context.ignorePath === true || coversPath(path, url.pathname))
  )
}

/** `http` also covers `https`, and `ws` also covers `wss`. */
function coversScheme(allowed: string, scheme: string): boolean {
  if (allowed === scheme) return true
  if (allowed === 'http:') return scheme === 'https:'
  return allowed === 'ws:' && scheme === 'wss:'
}

function coversHost(pattern: string, host: string): boolean {
  if (pattern === '*') return true
  return pattern.startsWith('*.') ? host.endsWith(pattern.slice(1)) : host === pattern
}

function coversPort(allowed: string | undefined, url: URL): boolean {
  const port = portOf(url)
  if (allowed === undefined) return port === DEFAULT_PORTS[url.protocol]
  return allowed === '*' || allowed === port || (allowed === '80' && port === '443' && isSecure(url))
}

/** A path that ends in a slash covers all paths below it; any other path covers only itself. */
function coversPath(allowed: string | undefined, path: string): boolean {
  if (allowed === undefined || allowed === '/') return true
  const [pattern, given] = [decode(allowed), decode(path)]
  return pattern.endsWith('/') ? given.startsWith(pattern) : given === pattern
}

/** The page's origin, and the same host over https or a web socket. */
function isSelf(url: URL, page: URL): boolean {
  if (url.origin === page.origin && url.origin !== 'null') return true
  if (url.hostname !== page.hostname) return false
  const samePort = portOf(url) === portOf(page)
  const bothDefault = portOf(url) === DEFAULT_PORTS[url.protocol] && portOf(page) === DEFAULT_PORTS[page.protocol]
  return (samePort || bothDefault) && (isSecure(url) || (page.protocol === 'http:' && url.protocol === 'ws:'))
}

function isSecure({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'wss:'
}

function portOf({ port, protocol }: URL): string | undefined {
  return port || DEFAULT_PORTS[protocol]
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
