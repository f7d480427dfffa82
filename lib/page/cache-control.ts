// Keeps a page with an identity out of shared caches: what the headers allow now, and how to make a response personal.
import type { ServerResponse } from 'node:http'
import { LRUCache } from 'lru-cache'

/**
 * Headers that speak to a CDN over the head of Cache-Control: RFC 9213 and its forerunners, and nginx's own
 * (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_cache_valid).
 */
const CDN_HEADERS =
  /^(?:(?:[a-z]+-)?cdn-cache-control|surrogate-control|edge-control|x-(?:litespeed-cache-control|accel-expires))$/

const PERSONAL = 'private, no-store'

/** What a value like that of Cache-Control says. */
type Said = {
  /** Shared caches may store the response. */
  readonly isPublic: boolean
  /** Shared caches may not store it. */
  readonly keepsOut: boolean
  /** For how long it is fresh: without `keepsOut`, any cache may store it. */
  readonly isStorable: boolean
}

/** Whether the app has said that shared caches may store this response, or has sent its head without saying that they may not. */
export function isPublic(res: ServerResponse): boolean {
  const said = saidBy(res)
  return said.isPublic || (!said.keepsOut && res.headersSent)
}

/**
 * Makes a response personal: `private` or `no-store` is kept as the app wrote it, anything else is replaced.
 * `false`, and nothing changed, for one that is public.
 */
export function makePersonal(res: ServerResponse): boolean {
  const said = saidBy(res)
  if (said.isPublic) return false
  if (said.keepsOut) return true
  if (res.headersSent) return false
  res.setHeader('Cache-Control', PERSONAL)
  return true
}

/**
 * Makes a response personal once more, as its head is written. `false` when the app has allowed storing in between, which is
 * overridden; a header that only says nothing of it is no contradiction.
 */
export function keepPersonal(res: ServerResponse): boolean {
  const said = saidBy(res)
  const isContradicted = said.isPublic || (said.isStorable && !said.keepsOut)
  if (isContradicted) makeUnstorable(res)
  else if (!said.keepsOut) res.setHeader('Cache-Control', PERSONAL)
  return !isContradicted
}

/**
 * From now on nothing makes this response storable. Whoever wrapped `writeHead` or registered for the head before us writes after
 * us, and Node's `writeHead` itself sets the headers it is given by these methods. `onRefused` is told of the first attempt.
 */
export function holdPersonal(res: ServerResponse, onRefused: () => void): void {
  const { setHeader, appendHeader, removeHeader } = res
  let isTold = false
  const mayPass = (name: unknown, value: unknown): boolean => {
    const header = String(name).toLowerCase()
    if (res.headersSent || (header !== 'cache-control' && !CDN_HEADERS.test(header))) return true
    const said = saidIn(value)
    if (header === 'cache-control' ? said.keepsOut && !said.isPublic : !letsStore(header, value)) return true
    if (!isTold && (header !== 'cache-control' || said.isPublic || said.isStorable)) {
      isTold = true
      onRefused()
    }
    return false
  }
  Object.assign(res, {
    setHeader: (...args: Parameters<typeof setHeader>) =>
      mayPass(args[0], args[1]) ? setHeader.apply(res, args) : res,
    appendHeader: (...args: Parameters<typeof appendHeader>) =>
      mayPass(args[0], args[1]) ? appendHeader.apply(res, args) : res,
    removeHeader: (name: string) => {
      if (res.headersSent || name.toLowerCase() !== 'cache-control') removeHeader.call(res, name)
    }
  })
}

/** No cache may store this response, the browser's own included. */
export function makeUnstorable(res: ServerResponse): void {
  if (res.headersSent) return
  res.setHeader('Cache-Control', PERSONAL)
  for (const name of storedByCdn(res)) res.removeHeader(name)
}

/** One look for all questions: Express gives every response a shape of its own, so that each look into one is slow. */
function saidBy(res: ServerResponse): Said {
  const said = saidIn(res.getHeader('Cache-Control'))
  return storedByCdn(res).length > 0 ? { ...said, isPublic: true } : said
}

/** The headers that let a CDN store the response. By their names first: a copy of all headers costs more than all else here. */
function storedByCdn(res: ServerResponse): string[] {
  return res.getHeaderNames().filter((name) => CDN_HEADERS.test(name) && letsStore(name, res.getHeader(name)))
}

function letsStore(name: string, value: unknown): boolean {
  return name === 'x-accel-expires' ? String(value) !== '0' : !saidIn(value).keepsOut
}

/** What a header says. Most pages have none yet, and later our own, and neither needs to be read. */
function saidIn(value: unknown): Said {
  if (value === undefined) return NOTHING_SAID
  return value === PERSONAL ? PERSONAL_SAID : READ.memo(String(value))
}

const NOTHING_SAID: Said = { isPublic: false, keepsOut: false, isStorable: false }
const PERSONAL_SAID: Said = read(PERSONAL)

/** The few values that an app sends, read once each. */
const READ = new LRUCache<string, Said>({ max: 100, memoMethod: read })

/**
 * `private="Set-Cookie"` keeps out one header only, not the page; beside `must-understand`, `no-store` is for caches that do
 * not understand (https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.3).
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
  // A quoted argument may hold commas, and words that would be directives outside it.
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
