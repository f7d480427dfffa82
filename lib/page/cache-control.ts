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
type Said = {
  /** Shared caches may store the response. */
  readonly isPublic: boolean
  /** Shared caches may not store it. */
  readonly keepsOut: boolean
  /** It names a lifetime: without `keepsOut`, any cache may store the response. */
  readonly isStorable: boolean
}

/** Whether shared caches may store this response: its headers allow it, or they were sent without forbidding it. */
export function isPublic(res: ServerResponse): boolean {
  const said = saidBy(res)
  return said.isPublic || (!said.keepsOut && res.headersSent)
}

/**
 * Makes a response private: keeps the app's Cache-Control if it says `private` or `no-store`, else replaces it.
 * `false`, without a change, if the response is public.
 */
export function makePersonal(res: ServerResponse): boolean {
  const said = saidBy(res)
  if (said.isPublic) return false
  if (said.keepsOut) return true
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
  const said = saidBy(res)
  const isContradicted = said.isPublic || (said.isStorable && !said.keepsOut)
  if (isContradicted) makeUnstorable(res)
  else if (!said.keepsOut) res.setHeader('Cache-Control', PERSONAL)
  return !isContradicted
}

/** The methods that change headers; Node's `writeHead` calls them for the headers it is given. */
const HEADER_METHODS = ['setHeader', 'appendHeader', 'removeHeader'] as const

type HeaderMethods = Pick<Response, (typeof HEADER_METHODS)[number]>

/**
 * Creates a function that protects a private response from later header changes: code that wrapped `writeHead`, or called on-headers,
 * before this library runs after it. A change that would let caches store the response is ignored, and `onRefused` is called.
 */
export function createHold(onRefused: (res: Response) => void): (res: Response) => void {
  /** By the prototype that is extended. Own methods would add three V8 hidden classes for each response, measured as 5% of a page. */
  const holding = new WeakMap<object, object>()

  function mayPass(res: Response, name: unknown, value: unknown): boolean {
    const header = String(name).toLowerCase()
    if (res.headersSent || (header !== 'cache-control' && !isForCdn(header))) return true
    const said = saidIn(value)
    if (header === 'cache-control' ? said.keepsOut && !said.isPublic : !letsStore(header, value)) return true
    if (header !== 'cache-control' || said.isPublic || said.isStorable) onRefused(res)
    return false
  }

  function methodsAbove(below: HeaderMethods): HeaderMethods & ThisType<Response> {
    return {
      setHeader(...args: Parameters<Response['setHeader']>) {
        return mayPass(this, ...args) ? below.setHeader.apply(this, args) : this
      },
      appendHeader(...args: Parameters<Response['appendHeader']>) {
        return mayPass(this, ...args) ? below.appendHeader.apply(this, args) : this
      },
      removeHeader(name: string) {
        if (this.headersSent || name.toLowerCase() !== 'cache-control') below.removeHeader.call(this, name)
      }
    }
  }

  function prototypeAbove(below: Response): object {
    const known = holding.get(below)
    if (known) return known
    const prototype = Object.assign(Object.create(below), methodsAbove(below))
    holding.set(below, prototype)
    return prototype
  }

  return function hold(res) {
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
  for (const name of storedByCdn(res)) res.removeHeader(name)
}

/** Whether shared caches may store a response, by the headers that a client received. */
export function maySharedCachesStore(headers: Readonly<Record<string, unknown>>): boolean {
  const said = saidIn(headers['cache-control'])
  const isForCdns = Object.entries(headers).some(([name, value]) => isForCdn(name) && letsStore(name, value))
  return isForCdns || said.isPublic || !said.keepsOut
}

/** The meaning of all caching headers of a response. */
function saidBy(res: ServerResponse): Said {
  const said = saidIn(headerOf(res, 'cache-control'))
  return storedByCdn(res).length > 0 ? { ...said, isPublic: true } : said
}

/** The names of headers that let a CDN store the response. Read by name, because copying all headers is slow. */
function storedByCdn(res: ServerResponse): string[] {
  return headerNamesOf(res).filter((name) => isForCdn(name) && letsStore(name, headerOf(res, name)))
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

function letsStore(name: string, value: unknown): boolean {
  return name === 'x-accel-expires' ? String(value) !== '0' : !saidIn(value).keepsOut
}

/** The meaning of a header. Most responses have none, or the value that this library set; neither is parsed. */
function saidIn(value: unknown): Said {
  if (value === undefined) return NOTHING_SAID
  return value === PERSONAL ? PERSONAL_SAID : READ.memo(String(value))
}

const NOTHING_SAID: Said = { isPublic: false, keepsOut: false, isStorable: false }
const PERSONAL_SAID: Said = read(PERSONAL)

/** The few different values that an app sends; each is parsed once. */
const READ = new LRUCache<string, Said>({ max: 100, memoMethod: read })

/**
 * `private="Set-Cookie"` is about that header only, not about the response. Beside `must-understand`, `no-store` is only for caches that
 * do not know the status (https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.3).
 */
function read(value: string): Said {
  const directives = parseDirectives(value)
  const isPrivate = directives.has('private') && directives.get('private') === undefined
  return {
    isPublic: directives.has('public') || directives.has('s-maxage'),
    keepsOut: directives.has('no-store') ? !directives.has('must-understand') : isPrivate,
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
