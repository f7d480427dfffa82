// One call of a session store, with a callback or a promise: when it ends, and how long to wait for it.

/** How long to wait for a store. */
export const STORE_MS = 1000
/** After this time a call without an answer counts as ended, so that a store that hangs does not fill the memory. */
export const FORGOTTEN_MS = 10 * STORE_MS

/** A call that has not been made yet. */
export type StoreCall = {
  /** Makes the call and returns the result of the store. */
  make(): unknown
  /** Makes it as soon as `before` has settled. */
  makeAfter(before: Promise<unknown>): Promise<unknown>
  /** Settles when the call has ended, or after `FORGOTTEN_MS`. Never rejects. */
  readonly ended: Promise<unknown>
}

/**
 * Prepares a call with or without a callback; the caller gets all results and errors. If it has no callback and returns no promise, it
 * counts as ended after `STORE_MS`.
 */
export function prepareCall(operation: (...args: unknown[]) => unknown, args: unknown[]): StoreCall {
  let isAnswered = false
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const at = args.findIndex((argument) => typeof argument === 'function')
  const callback = args[at] as ((...results: unknown[]) => unknown) | undefined
  const answer = (...results: unknown[]): unknown => {
    isAnswered = true
    end()
    return callback?.(...results)
  }

  function make(): unknown {
    try {
      const returned = operation(...(callback ? args.with(at, answer) : args))
      if (callback) return returned
      if (returned instanceof Promise) return returned.finally(end)
      setTimeout(end, STORE_MS).unref()
      return returned
    } catch (thrown) {
      end()
      throw thrown
    }
  }

  return {
    make,
    async makeAfter(before) {
      await before
      try {
        return await make()
      } catch (thrown) {
        // The caller has returned and waits for its callback, so the error goes there.
        if (!callback || isAnswered) throw thrown
        return answer(thrown)
      }
    },
    ended: inTime(ended, FORGOTTEN_MS)
  }
}

/** Waits for a promise, at most `longestMs`; then resolves with `undefined`. */
export async function inTime<T>(promise: Promise<T>, longestMs = STORE_MS): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, longestMs, undefined).unref()
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
