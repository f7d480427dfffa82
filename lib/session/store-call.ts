// One call of a session store, with or without a callback: when it ends, and how long it is waited for. Knows no sessions.

/** How long a store is waited for. */
export const STORE_MS = 1000
/** A call whose callback never comes is forgotten, so that a hanging store costs no memory. */
export const FORGOTTEN_MS = 10 * STORE_MS

/** A call that has not been made yet. */
export type StoreCall = {
  /** Makes the call and gives what the store gives. */
  make(): unknown
  /** Makes it as soon as `before` has settled. */
  makeAfter(before: Promise<unknown>): Promise<unknown>
  /** Settles when the call has ended, or is forgotten. Never rejects. */
  readonly ended: Promise<unknown>
}

/**
 * Prepares a call for those who give a callback and for those who await it; neither loses a value or an error. A call of which
 * nothing comes back, neither callback nor promise, counts as ended after the time that a store may take.
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
        // Too late to throw at the caller, who waits for the callback.
        if (!callback || isAnswered) throw thrown
        return answer(thrown)
      }
    },
    ended: inTime(ended, FORGOTTEN_MS)
  }
}

/** Waits, but not longer than a store may take; what is late is `undefined`. */
export async function inTime<T>(promise: Promise<T>, longestMs = STORE_MS): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, longestMs, undefined).unref()
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
