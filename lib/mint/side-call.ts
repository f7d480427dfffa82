// Calls to the shared store and the shared rate limiter: at most 250 ms each, then the request goes on without them. Their time limit is
// not that of session/store-call.ts, because a late answer is an outage here, which pauses the calls and is reported; there it only means
// that a token is not written.
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

/** The value of a call, or that it failed and the request goes on without it. */
export type SideResult<T> = { readonly ok: true; readonly value: T } | { readonly ok: false }

/** Makes a call with a time limit. Never throws. */
export type SideCall = <T>(call: () => T | PromiseLike<T>) => Promise<SideResult<T>>

/** How long a store or limiter may take. */
const SIDE_CALL_MS = 250
/** Into how many steps that time is divided. */
const STEPS = 10
/** How long it is not called after a failure, so that while it hangs pages do not wait 250 ms each. */
const PAUSE_MS = 5000
/** One failure is enough: each further call would delay a page, and without it only a shared token is missed. */
const FAILURES_UNTIL_PAUSE = 1

/** Creates the function for the calls to one helper (the store or the limiter). An outage is reported once, when it begins. */
export function createSideCall(helper: string, report: Report): SideCall {
  const breaker = circuitBreaker(handleAll, {
    breaker: new ConsecutiveBreaker(FAILURES_UNTIL_PAUSE),
    halfOpenAfter: PAUSE_MS
  })
  let reported = false

  return async (call) => {
    // While a probe runs, cockatiel makes other callers wait for its result; pages must not wait.
    if (breaker.state === CircuitState.HalfOpen) return { ok: false }
    try {
      const value = await breaker.execute(() => inTime(call))
      reported = false
      return { ok: true, value }
    } catch (thrown) {
      if (!(thrown instanceof BrokenCircuitError) && !reported) {
        reported = true
        const hint = `Check the ${helper}: it failed or took over ${SIDE_CALL_MS} ms; requests go on without it.`
        report({ code: 'ERR_CACHE_STORE', retryable: true, message: hint, hint, cause: summarizeCause(thrown) })
      }
      return { ok: false }
    }
  }
}

/**
 * Rejects after 250 ms, counted in steps of a timer. While the event loop is blocked only one step passes, so a busy process does not
 * take answers that it has not read yet for an outage.
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
