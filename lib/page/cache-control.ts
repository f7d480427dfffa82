// Keeps responses with an identity out of shared caches: reads what the headers allow, and makes responses private.
import { OutgoingMessage, type ServerResponse } from 'node:http'
import type { Response } from 'express'
import { LRUCache } from 'lru-cache'

/**
 * Headers that CDNs obey instead of Cache-Control: RFC 9213, older vendor headers, and nginx's X-Accel-Expires
 * (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_valid).
 */
const CDN_HEADERS = new Set([
  'cdn-cache-control',
  'surrogate-control',
  'edge-control',
  'x-litespeed-cache-control',
  'x-accel-expires'
])
/** The ending of headers for one CDN, such as `Vercel-CDN-Cache-Control`; they take precedence over the common one. */
const TARGETED = '-cdn-cache-control'

const PERSONAL = 'private, no-store'

/** Called directly, because Express sets the prototype of each response, which slows down V8's property lookups on it. */
const { getHeader, getHeaderNames } = OutgoingMessage.prototype

/** The meaning of a Cache-Control value, or of a CDN's header in the same form. */
type CachePolicy = {
  /** Shared caches may store the response. */
  readonly isPublic: boolean
  /** Shared caches may not store it. */
  readonly forbidsStoring: boolean
  /** It names a lifetime: without `forbidsStoring`, any cache may store the response. */
  readonly isStorable: boolean
}

/** Whether shared caches may store this response: its headers allow it, or they were sent without forbidding it. */
export function isPublic(res: ServerResponse): boolean {
  const policy = policyOf(res)
  return policy.isPublic || (!policy.forbidsStoring && res.headersSent)
}

/**
 * Makes a response private: keeps the app's Cache-Control if it says `private` or `no-store`, else replaces it.
 * `false`, without a change, if the response is public.
 */
export function makePersonal(res: ServerResponse): boolean {
  const policy = policyOf(res)
  if (policy.isPublic) return false
  if (policy.forbidsStoring) return true
  try {
    res.setHeader('Cache-Control', PERSONAL)
    return true
  } catch {
    // The headers have already been sent.
    return false
  }
}

/**
 * Makes a response private again just before its headers are sent. `false` if the app has allowed storing since `makePersonal`; this is
 * overridden. `true` also if the app only set a header that says nothing about storing, which is replaced.
 */
export function keepPersonal(res: ServerResponse): boolean {
  const policy = policyOf(res)
  const isContradicted = policy.isPublic || (policy.isStorable && !policy.forbidsStoring)
  if (isContradicted) makeUnstorable(res)
  else if (!policy.forbidsStoring) res.setHeader('Cache-Control', PERSONAL)
  return !isContradicted
}

/** The methods that change headers; Node's `writeHead` calls them for the headers it is given. */
const HEADER_METHODS = ['setHeader', 'appendHeader', 'removeHeader'] as const

type HeaderMethods = Pick<Response, (typeof HEADER_METHODS)[number]>

/**
 * Creates a function that protects a private response from later header changes: code that wrapped `writeHead`, or called on-headers,
 * before this library runs after it. A change that would let caches store the response is ignored, and `onRefused` is called.
 */
export function createHeaderGuard(onRefused: (res: Response) => void): (res: Response) => void {
  /** By the prototype that is extended. Own methods would add three V8 hidden classes for each response, measured as 5% of a page. */
  const guarded = new WeakMap<object, object>()

  function isAllowed(res: Response, name: unknown, value: unknown): boolean {
    const header = String(name).toLowerCase()
    if (res.headersSent || (header !== 'cache-control' && !isForCdn(header))) return true
    const policy = readPolicy(value)
    if (header === 'cache-control' ? policy.forbidsStoring && !policy.isPublic : !allowsStoring(header, value))
      return true
    if (header !== 'cache-control' || policy.isPublic || policy.isStorable) onRefused(res)
    return false
  }

  function methodsAbove(below: HeaderMethods): HeaderMethods & ThisType<Response> {
    return {
      setHeader(...args: Parameters<Response['setHeader']>) {
        return isAllowed(this, ...args) ? below.setHeader.apply(this, args) : this
      },
      appendHeader(...args: Parameters<Response['appendHeader']>) {
        return isAllowed(this, ...args) ? below.appendHeader.apply(this, args) : this
      },
      removeHeader(name: string) {
        if (this.headersSent || name.toLowerCase() !== 'cache-control') below.removeHeader.call(this, name)
      }
    }
  }

  function prototypeAbove(below: Response): object {
    const known = guarded.get(below)
    if (known) return known
    const prototype = Object.assign(Object.create(below), methodsAbove(below))
    guarded.set(below, prototype)
    return prototype
  }

  return function guardHeaders(res) {
    if (HEADER_METHODS.some((name) => Object.hasOwn(res, name))) {
      const { setHeader, appendHeader, removeHeader } = res
      Object.assign(res, methodsAbove({ setHeader, appendHeader, removeHeader }))
      return
    }
    Reflect.setPrototypeOf(res, prototypeAbove(Object.getPrototypeOf(res)))
  }
}

/** Forbids all caches to store this response, the browser's included. */
export function makeUnstorable(res: ServerResponse): void {
  if (res.headersSent) return
  res.setHeader('Cache-Control', PERSONAL)
  for (const name of cdnHeadersOf(res)) res.removeHeader(name)
}

/** Whether shared caches may store a response, by the headers that a client received. */
export function maySharedCachesStore(headers: Readonly<Record<string, unknown>>): boolean {
  const policy = readPolicy(headers['cache-control'])
  const isForCdns = Object.entries(headers).some(([name, value]) => isForCdn(name) && allowsStoring(name, value))
  return isForCdns || policy.isPublic || !policy.forbidsStoring
}

/** The meaning of all caching headers of a response. */
function policyOf(res: ServerResponse): CachePolicy {
  const policy = readPolicy(headerOf(res, 'cache-control'))
  return cdnHeadersOf(res).length > 0 ? { ...policy, isPublic: true } : policy
}

/** The names of headers that let a CDN store the response. Read by name, because copying all headers is slow. */
function cdnHeadersOf(res: ServerResponse): string[] {
  return headerNamesOf(res).filter((name) => isForCdn(name) && allowsStoring(name, headerOf(res, name)))
}

function isForCdn(name: string): boolean {
  return CDN_HEADERS.has(name) || name.endsWith(TARGETED)
}

function headerOf(res: ServerResponse, name: string): unknown {
  return isOfHttp1(res) ? getHeader.call(res, name) : res.getHeader(name)
}

function headerNamesOf(res: ServerResponse): string[] {
  return isOfHttp1(res) ? getHeaderNames.call(res) : res.getHeaderNames()
}

/** Despite its type, a response can be one of node:http2, which stores its headers elsewhere. */
function isOfHttp1(res: ServerResponse): boolean {
  return res instanceof OutgoingMessage
}

function allowsStoring(name: string, value: unknown): boolean {
  return name === 'x-accel-expires' ? String(value) !== '0' : !readPolicy(value).forbidsStoring
}

/** The meaning of a header. Most responses have none, or the value that this library set; neither is parsed. */
function readPolicy(value: unknown): CachePolicy {
  if (value === undefined) return NO_POLICY
  return value === PERSONAL ? PERSONAL_POLICY : PARSED.memo(String(value))
}

const NO_POLICY: CachePolicy = { isPublic: false, forbidsStoring: false, isStorable: false }
const PERSONAL_POLICY: CachePolicy = parsePolicy(PERSONAL)

/** The few different values that an app sends; each is parsed once. */
const PARSED = new LRUCache<string, CachePolicy>({ max: 100, memoMethod: parsePolicy })

/**
 * `private="Set-Cookie"` is about that header only, not about the response. Beside `must-understand`, `no-store` is only for caches that
 * do not know the status (https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.3).
 */
function parsePolicy(value: string): CachePolicy {
  const directives = parseDirectives(value)
  const isPrivate = directives.has('private') && directives.get('private') === undefined
  return {
    isPublic: directives.has('public') || directives.has('s-maxage'),
    forbidsStoring: directives.has('no-store') ? !directives.has('must-understand') : isPrivate,
    isStorable: directives.has('max-age') || directives.has('immutable')
  }
}

function parseDirectives(value: string): ReadonlyMap<string, string | undefined> {
  // Quoted arguments are removed: they may contain commas, and words that are directives elsewhere.
  const parts = value
    .replace(/"[^"]*"?/g, '""')
    .toLowerCase()
    .split(',')
  return new Map(
    parts.map((part) => {
      const [name = '', argument] = part.split('=')
      return [name.trim(), argument?.trim()]
    })
  )
}
