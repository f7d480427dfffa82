// The faults that a test can request: types, validation, and the queue that gives them to mint calls.
import { validateHeaderName, validateHeaderValue } from 'node:http'
import * as z from 'zod/mini'
import { ENGLISH } from './english.js'
import type { RateLimitPolicy } from './rate-limit.js'
import type { SimulatorRequest } from './requests.js'

/** The properties that all kinds of faults have. */
export type FaultRule = {
  /** Wait this long before the fault (or the normal answer) begins, in milliseconds. */
  delayMs?: number | undefined
  /** How many mint calls get the fault; `Infinity`: all calls until `respondWith()` clears it. @default 1 */
  times?: number | undefined
  /** Only calls for which this returns true get the fault. @default every call */
  when?: ((request: SimulatorRequest) => boolean) | undefined
}

/** What a fault does; each fault has exactly one kind. "The answer" is the call's answer without the fault. */
export type FaultKind =
  /** The answer after a delay. */
  | { delayMs: number }
  /** No answer, with the connection left open; with `'after-headers'` status and headers, but no body. */
  | { hang: true | 'after-headers' }
  /** The answer's body one byte at a time, with this many milliseconds between the bytes. */
  | { drip: { intervalMs: number } }
  /** The connection is reset; with `'after-headers'` after status and headers. */
  | { reset: true | 'after-headers' }
  /**
   * An answer with this status. Without `body`, HubSpot's documented body for the status; a `body` that is not a string is sent
   * as JSON. `policyName` is the limit that a 429 names.
   */
  | {
      status: number
      body?: unknown
      headers?: Record<string, string> | undefined
      policyName?: RateLimitPolicy | undefined
    }
  /** A 200 with a web page, as from a proxy or a captive portal. */
  | { html: string }
  /** A 200 with an empty body. */
  | { empty: true }
  /** Half of the body, then the connection is closed; with `'json'` a complete response whose body is half of the JSON. */
  | { truncate: true | 'json' }
  /** A 200 whose body never ends. */
  | { endless: true }
  /** A redirect to this location. @default status 302 */
  | { redirect: string; status?: number | undefined }
  /** A 200 with this value as its token; `verify` does not accept it. */
  | { token: unknown }

/**
 * A fault for mint calls, for `respondWith`.
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

/** One schema per kind, by the key that names the kind; `redirect` is first because it can also have a `status`. */
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

/** Whether Node can send this header. */
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

/** The faults that no call has taken yet. */
export type FaultQueue = {
  /** Adds faults to the end of the queue; without arguments, empties the queue. */
  add(faults: readonly SimulatorFault[]): void
  /** The first fault of the queue that applies to this call; it is removed after `times` calls. */
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
