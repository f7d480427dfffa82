// Fetches a page of the app as a browser navigates to it, and calls its token endpoint as the page's script does.
import { parseCookie, parseSetCookie } from 'cookie'
import { type CauseSummary, summarizeCause } from '../../errors.js'
import { describeNoAnswer, withDeadline } from '../call.js'
import { type Answer, BrokeOff, httpGet, MAX_BODY_BYTES, TooLarge } from './http-get.js'

/** The address to fetch, and the cookie to send. */
export type Visit = {
  readonly url: URL
  /** The whole Cookie header; sent only to the origin of `url`. */
  readonly cookie: string | undefined
  /** The total time limit in milliseconds, including redirects and body. */
  readonly timeoutMs: number
}

/** The result of a fetch. */
export type Opened =
  | {
      readonly kind: 'answer'
      readonly answer: Answer
      readonly redirects: number
      /** The Cookie header that a browser would send with its next request. */
      readonly cookie: string | undefined
    }
  /** The app redirects to another origin, to which no request was sent. */
  | { readonly kind: 'elsewhere'; readonly to: URL }
  | {
      readonly kind: 'none'
      readonly reason: string
      readonly hint?: string
      readonly cause?: CauseSummary | undefined
    }

const MAX_REDIRECTS = 10
const REDIRECTS = new Set([301, 302, 303, 307, 308])

const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'sec-fetch-dest': 'document',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-site': 'none',
  'sec-fetch-user': '?1',
  'upgrade-insecure-requests': '1'
}

const SAME_ORIGIN_FETCH = {
  accept: '*/*',
  'sec-fetch-dest': 'empty',
  'sec-fetch-mode': 'same-origin',
  'sec-fetch-site': 'same-origin'
}

/** Opens a page; follows redirects within its origin. Never throws. */
export function openPage({ url, cookie, timeoutMs }: Visit): Promise<Opened> {
  return attempt(timeoutMs, async (signal) => {
    let next = url
    let kept = cookie
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects += 1) {
      const answer = await httpGet(next, withCookie(NAVIGATION, kept), signal)
      kept = keepCookies(kept, answer)
      const to = REDIRECTS.has(answer.status) ? locationOf(answer) : undefined
      if (!to) return { kind: 'answer', answer, redirects, cookie: kept }
      if (to.origin !== url.origin) return { kind: 'elsewhere', to }
      next = to
    }
    return {
      kind: 'none',
      reason: `it redirects more than ${MAX_REDIRECTS} times`,
      hint: 'Look at what redirects in a circle, in the app or in a proxy in front of it.'
    }
  })
}

/** Calls a page's token endpoint, which must be on the page's origin. Follows no redirect, like `startChat`. Never throws. */
export function askEndpoint({ url, cookie, timeoutMs }: Visit): Promise<Opened> {
  return attempt(timeoutMs, async (signal) => {
    const answer = await httpGet(url, withCookie(SAME_ORIGIN_FETCH, cookie), signal)
    return { kind: 'answer', answer, redirects: 0, cookie }
  })
}

function attempt(timeoutMs: number, task: (signal: AbortSignal) => Promise<Opened>): Promise<Opened> {
  return withDeadline(timeoutMs, async (signal): Promise<Opened> => {
    try {
      return await task(signal)
    } catch (thrown) {
      if (thrown instanceof TooLarge) {
        return { kind: 'none', reason: `its answer is larger than ${MAX_BODY_BYTES / 1024 / 1024} MB` }
      }
      if (thrown instanceof BrokeOff) {
        const ended = signal.aborted ? `did not end within ${timeoutMs / 1000} s` : 'broke off'
        return { kind: 'none', reason: `its answer began and ${ended}` }
      }
      const cause = summarizeCause(thrown)
      const reason = describeNoAnswer(cause, signal.aborted, timeoutMs)
      return { kind: 'none', reason, cause: signal.aborted ? undefined : cause }
    }
  })
}

function withCookie(headers: Readonly<Record<string, string>>, cookie: string | undefined): Record<string, string> {
  return cookie === undefined ? { ...headers } : { ...headers, cookie }
}

/** The cookies that were sent, updated with those that the answer sets. Cookie paths are ignored. */
function keepCookies(cookie: string | undefined, { headers }: Answer): string | undefined {
  const lines = headers['set-cookie']
  if (!lines) return cookie
  const asItIs = { decode: (value: string) => value }
  const cookies = parseCookie(cookie ?? '', asItIs)
  for (const { name, value, maxAge, expires } of lines.map((line) => parseSetCookie(line, asItIs))) {
    const isRemoved = maxAge === undefined ? expires && expires.getTime() <= Date.now() : maxAge <= 0
    cookies[name] = isRemoved ? undefined : value
  }
  const pairs = Object.entries(cookies).flatMap(([name, value]) => (value === undefined ? [] : `${name}=${value}`))
  return pairs.length === 0 ? undefined : pairs.join('; ')
}

/** The target of a redirect; `undefined` if a browser cannot follow it. */
function locationOf({ url, headers }: Answer): URL | undefined {
  const { location } = headers
  if (location === undefined || !URL.canParse(location, url.href)) return undefined
  const to = new URL(location, url.href)
  return /^https?:$/.test(to.protocol) ? to : undefined
}
