// The table of faults: how each is caused, and which error must be reported.
import type { HubSpotIdentificationErrorCode, HubSpotIdentificationOptions } from '../../lib/index.js'
import type { SimulatorFault } from '../../lib/testing/index.js'
import { ACCESS_TOKEN, MARK, tellingError, UPSTREAM_BODY, UPSTREAM_HEADERS } from './markers.js'

/** One fault. */
export type FaultCase = {
  name: string
  fault?: SimulatorFault
  options?: Partial<HubSpotIdentificationOptions>
  code: HubSpotIdentificationErrorCode
  status?: number
  /** Only the store or the limiter failed: the page is identified. */
  identified?: boolean
}

const hang = () => new Promise<never>(() => {})
const reject = () => Promise.reject(tellingError())
const fail = () => {
  throw tellingError()
}

const CODES: Record<number, HubSpotIdentificationErrorCode> = {
  400: 'ERR_REJECTED',
  401: 'ERR_UNAUTHORIZED',
  403: 'ERR_FORBIDDEN',
  404: 'ERR_REJECTED',
  405: 'ERR_REJECTED',
  414: 'ERR_REJECTED',
  423: 'ERR_REJECTED',
  429: 'ERR_RATE_LIMITED',
  477: 'ERR_REJECTED',
  ...Object.fromEntries([500, 502, 503, 504, 521, 522, 523, 524, 525, 526].map((status) => [status, 'ERR_UNAVAILABLE']))
}

const statuses = Object.entries(CODES).flatMap(([text, code]): FaultCase[] => {
  const status = Number(text)
  return [
    { name: `${status} with HubSpot's body`, fault: { status }, code, status },
    {
      name: `${status} with a telling body and junk headers`,
      fault: { status, body: UPSTREAM_BODY, headers: UPSTREAM_HEADERS },
      code,
      status
    }
  ]
})

const answers: FaultCase[] = [
  { name: 'delay', fault: { delayMs: 1500 }, code: 'ERR_UNAVAILABLE' },
  { name: 'hang', fault: { hang: true }, code: 'ERR_UNAVAILABLE' },
  { name: 'hang after headers', fault: { hang: 'after-headers' }, code: 'ERR_UNAVAILABLE' },
  { name: 'slow drip', fault: { drip: { intervalMs: 20 } }, code: 'ERR_UNAVAILABLE' },
  { name: 'reset', fault: { reset: true }, code: 'ERR_UNAVAILABLE' },
  { name: 'reset after headers', fault: { reset: 'after-headers' }, code: 'ERR_UNAVAILABLE' },
  { name: 'cut connection', fault: { truncate: true }, code: 'ERR_UNAVAILABLE' },
  { name: 'half of the JSON', fault: { truncate: 'json' }, code: 'ERR_BAD_RESPONSE', status: 200 },
  { name: 'empty', fault: { empty: true }, code: 'ERR_BAD_RESPONSE', status: 200 },
  { name: 'HTML', fault: { html: `<h1>${MARK}</h1>` }, code: 'ERR_BAD_RESPONSE', status: 200 },
  { name: 'endless', fault: { endless: true }, code: 'ERR_BAD_RESPONSE', status: 200 },
  { name: 'useless token', fault: { token: `<${MARK}>` }, code: 'ERR_BAD_RESPONSE', status: 200 },
  { name: 'redirect', fault: { redirect: `https://${MARK}.example/` }, code: 'ERR_BAD_RESPONSE', status: 302 },
  { name: '403 with HTML', fault: { status: 403, body: `<p>${MARK}` }, code: 'ERR_FORBIDDEN', status: 403 },
  { name: '429 DAILY', fault: { status: 429, policyName: 'DAILY' }, code: 'ERR_RATE_LIMITED', status: 429 }
]

const apps: FaultCase[] = [
  { name: 'visitor hangs', options: { visitor: hang }, code: 'ERR_VISITOR_INVALID' },
  { name: 'visitor rejects', options: { visitor: reject }, code: 'ERR_VISITOR_INVALID' },
  { name: 'visitor throws', options: { visitor: fail }, code: 'ERR_VISITOR_INVALID' },
  { name: 'visitor is junk', options: { visitor: () => ({ email: `${MARK}@` }) }, code: 'ERR_VISITOR_INVALID' },
  { name: 'skip throws', options: { skip: fail }, code: 'ERR_VISITOR_INVALID' },
  { name: 'accessToken hangs', options: { accessToken: hang }, code: 'ERR_ACCESS_TOKEN' },
  { name: 'accessToken rejects', options: { accessToken: reject }, code: 'ERR_ACCESS_TOKEN' },
  { name: 'accessToken throws', options: { accessToken: fail }, code: 'ERR_ACCESS_TOKEN' },
  {
    name: 'accessToken is junk',
    options: { accessToken: () => `${ACCESS_TOKEN}\n\n${MARK}` },
    code: 'ERR_ACCESS_TOKEN'
  },
  { name: 'fetch rejects', options: { fetch: reject }, code: 'ERR_UNAVAILABLE' },
  { name: 'fetch throws', options: { fetch: fail }, code: 'ERR_UNAVAILABLE' },
  { name: 'fetch hangs', options: { fetch: hang }, code: 'ERR_UNAVAILABLE' },
  {
    name: 'empty budget',
    options: { rateLimiter: { consume: () => Promise.reject({ msBeforeNext: 9, [MARK]: MARK }) } },
    code: 'ERR_RATE_LIMITED'
  },
  { name: 'unknown host', options: { baseUrl: `https://${MARK}.invalid` }, code: 'ERR_UNAVAILABLE' },
  { name: 'refused connection', options: { baseUrl: 'http://127.0.0.1:1' }, code: 'ERR_UNAVAILABLE' }
]

const store = (act: () => unknown) => ({ cache: { store: { get: act, set: act, delete: act } } })
const helpers = (
  [
    ['store hangs', store(hang)],
    ['store rejects', store(reject)],
    ['store throws', store(fail)],
    ['limiter hangs', { rateLimiter: { consume: hang } }],
    ['limiter rejects', { rateLimiter: { consume: reject } }],
    ['limiter throws', { rateLimiter: { consume: fail } }]
  ] as const
).map(([name, options]): FaultCase => ({ name, options, code: 'ERR_CACHE_STORE', identified: true }))

export const FAULTS: FaultCase[] = [...statuses, ...answers, ...apps, ...helpers]
