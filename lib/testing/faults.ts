// Faults that a test orders: their type, their check, and the queue that gives them to mint calls.
import { validateHeaderName, validateHeaderValue } from 'node:http'
import * as z from 'zod/mini'
import { ENGLISH } from './english.js'
import type { RateLimitPolicy } from './rate-limit.js'
import type { SimulatorRequest } from './requests.js'

/** What any fault may have besides its kind. */
export type FaultRule = {
  /** Wait this long before the fault (or the normal answer) begins, in milliseconds. */
  delayMs?: number | undefined
  /** How many mint calls it answers; `Infinity` until `respondWith()` clears it. @default 1 */
  times?: number | undefined
  /** Only calls for which this is true take the fault; others go past it. @default every call */
  when?: ((request: SimulatorRequest) => boolean) | undefined
}

/** What a fault does; exactly one kind each. "The answer" is the one the call would have had without the fault. */
export type FaultKind =
  /** The answer, late. */
  | { delayMs: number }
  /** Never an answer; with `'after-headers'` status and headers come, the body never. */
  | { hang: true | 'after-headers' }
  /** The answer's body byte by byte, this many milliseconds apart. */
  | { drip: { intervalMs: number } }
  /** The connection is reset; with `'after-headers'` after status and headers. */
  | { reset: true | 'after-headers' }
  /**
   * This status. Without `body` HubSpot's documented one for it; a `body` that is no string is sent as JSON.
   * `policyName` chooses which limit a 429 names.
   */
  | {
      status: number
      body?: unknown
      headers?: Record<string, string> | undefined
      policyName?: RateLimitPolicy | undefined
    }
  /** A 200 with a web page, as a proxy or a captive portal gives it. */
  | { html: string }
  /** A 200 with an empty body. */
  | { empty: true }
  /** Half of the answer, then the connection is cut; with `'json'` the half is all that was promised. */
  | { truncate: true | 'json' }
  /** A 200 whose body never ends. */
  | { endless: true }
  /** A redirect to this location. @default status 302 */
  | { redirect: string; status?: number | undefined }
  /** A 200 with this as its token, whatever it is; not a token that `verify` knows. */
  | { token: unknown }

/**
 * One scripted answer to mint calls, for `respondWith`.
 *
 * @example
 * simulator.respondWith({ status: 503 }, { hang: true })                 // the next two calls, then normal again
 * simulator.respondWith({ status: 500, times: Infinity })                // until respondWith() clears it
 * simulator.respondWith({ status: 400, times: Infinity, when: (request) => JSON.stringify(request.body).includes('mallory@') })
 * simulator.respondWith({ status: 429, policyName: 'DAILY', headers: { 'retry-after': '30' } })
 */
export type SimulatorFault = FaultKind & FaultRule

const delayMs = z.number().check(z.minimum(0), z.maximum(2_147_483_647))
const rule = {
  delayMs: z.optional(delayMs),
  times: z.optional(z.union([z.int().check(z.minimum(1)), z.literal(Number.POSITIVE_INFINITY)])),
  when: z.optional(z.custom<(request: SimulatorRequest) => boolean>((value) => typeof value === 'function'))
}
const status = z.int().check(z.minimum(200), z.maximum(599))
const sendable = z.unknown().check(z.refine(isJson, 'cannot be written as JSON'))

/** One schema per kind, by the key that names the kind; `redirect` comes first because it may carry a status. */
const schemas = {
  redirect: z.strictObject({
    ...rule,
    redirect: z.string().check(
      z.minLength(1),
      z.refine((to) => isHeader('location', to), 'cannot stand in a header')
    ),
    status: z.optional(z.int().check(z.minimum(300), z.maximum(399)))
  }),
  hang: z.strictObject({ ...rule, hang: z.union([z.literal(true), z.literal('after-headers')]) }),
  drip: z.strictObject({ ...rule, drip: z.strictObject({ intervalMs: z.number().check(z.minimum(0)) }) }),
  reset: z.strictObject({ ...rule, reset: z.union([z.literal(true), z.literal('after-headers')]) }),
  html: z.strictObject({ ...rule, html: z.string() }),
  empty: z.strictObject({ ...rule, empty: z.literal(true) }),
  truncate: z.strictObject({ ...rule, truncate: z.union([z.literal(true), z.literal('json')]) }),
  endless: z.strictObject({ ...rule, endless: z.literal(true) }),
  token: z.strictObject({ ...rule, token: sendable }),
  status: z.strictObject({
    ...rule,
    status,
    body: z.optional(sendable),
    headers: z.optional(
      z
        .record(z.string(), z.string())
        .check(
          z.refine(
            (headers) => Object.entries(headers).every(([name, value]) => isHeader(name, value)),
            'cannot be sent'
          )
        )
    ),
    policyName: z.optional(z.enum(['TEN_SECONDLY_ROLLING', 'DAILY']))
  }),
  delayMs: z.strictObject({ ...rule, delayMs })
}

/** As Node judges it when it is sent. */
function isHeader(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}

function isJson(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return true
  } catch {
    return false
  }
}

const KINDS = Object.keys(schemas) as (keyof typeof schemas)[]

function parseFault(fault: unknown, position: number): SimulatorFault {
  const where = `respondWith(): fault ${position}`
  if (typeof fault !== 'object' || fault === null) throw new TypeError(`${where} must be an object.`)
  const kind = KINDS.find((key) => key in fault)
  if (kind === undefined) {
    throw new TypeError(`${where} has no kind; give it one of ${KINDS.join(', ')} (it has: ${Object.keys(fault)}).`)
  }
  const parsed = schemas[kind].safeParse(fault, ENGLISH)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new TypeError(`${where} (${kind}) is wrong at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}.`)
}

/** The faults that wait for their calls. */
export type FaultQueue = {
  /** Adds faults behind those that wait; without any, forgets all that wait. */
  add(faults: readonly SimulatorFault[]): void
  /** The first waiting fault that fits this call; used up when its `times` are. */
  take(request: SimulatorRequest): SimulatorFault | undefined
}

/** Creates an empty queue. */
export function createFaultQueue(): FaultQueue {
  let waiting: { fault: SimulatorFault; left: number }[] = []
  return {
    add(faults) {
      const parsed = faults.map((fault, index) => parseFault(fault, index + 1))
      waiting = parsed.length === 0 ? [] : [...waiting, ...parsed.map((fault) => ({ fault, left: fault.times ?? 1 }))]
    },
    take(request) {
      const entry = waiting.find(({ fault }) => fault.when?.(request) ?? true)
      if (entry === undefined) return undefined
      entry.left -= 1
      if (entry.left <= 0) waiting = waiting.filter((other) => other !== entry)
      return entry.fault
    }
  }
}
