// Calls to the helpers beside HubSpot (shared store, shared limiter): 250 ms each, then the request goes on without them.
import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleAll,
  TaskCancelledError
} from 'cockatiel'
import type { Report } from '../diagnostics.js'
import { summarizeCause } from '../errors.js'

/** What a call gave: its value, or that it must be done without. */
export type SideResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false }

/** Runs a call of a helper, bounded; never throws. */
export type SideCall = <T>(call: () => T | PromiseLike<T>) => Promise<SideResult<T>>

/** The longest a store or limiter may take. */
const SIDE_CALL_MS = 250
/** In how many steps that time is counted. */
const STEPS = 10
/** How long a helper that failed is left alone: while it hangs, pages must not wait 250 ms each. */
const LEFT_ALONE_MS = 5000
/** At the first failure already: it is the pages that pay for every further one, and all they miss is a shared token. */
const FAILURES_UNTIL_LEFT_ALONE = 1

/** Makes the guard of one helper. An outage is reported once, when it begins. */
export function createSideCall(helper: string, report: Report): SideCall {
  const breaker = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(FAILURES_UNTIL_LEFT_ALONE),
    halfOpenAfter: LEFT_ALONE_MS
  })
  let reported = false

  return async (call) => {
    // cockatiel lets callers wait for the outcome of a probe; a page must not.
    if (breaker.state === CircuitState.HalfOpen) return { ok: false }
    try {
      const value = await breaker.execute(() => inTime(call))
      reported = false
      return { ok: true, value }
    } catch (thrown) {
      if (!(thrown instanceof BrokenCircuitError) && !reported) {
        reported = true
        const hint = `Look at the ${helper}: it failed or took over ${SIDE_CALL_MS} ms; requests go on without it.`
        report({ code: 'ERR_CACHE_STORE', retryable: true, message: hint, hint, cause: summarizeCause(thrown) })
      }
      return { ok: false }
    }
  }
}

/**
 * Counts the time in steps. However long this process was too busy to look at its sockets, that is one step: a crowd of
 * pages must not make it take itself for an outage of Redis, whose answers have long been there.
 */
async function inTime<T>(call: () => T | PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    let left = STEPS
    timer = setInterval(() => {
      left -= 1
      if (left === 0) reject(new TaskCancelledError(`No answer within ${SIDE_CALL_MS} ms`))
    }, SIDE_CALL_MS / STEPS).unref()
  })
  try {
    return await Promise.race([(async () => call())(), late])
  } finally {
    clearInterval(timer)
  }
}
