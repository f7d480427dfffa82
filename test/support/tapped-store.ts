// Wraps a session store: records all calls, and can delay them before and after the store handles them.
import type { SessionData, Store } from 'express-session'

/** A call of the store. */
export type TappedCall = {
  readonly operation: 'get' | 'set' | 'destroy' | 'touch' | 'clear'
  /** Empty for `clear`. */
  readonly sessionId: string
  /** For `set` and `touch`: the session as it was at the call. */
  readonly data?: Partial<SessionData> & Record<string, unknown>
}

/** `sent`: before the store handles the call. `answered`: after that, before the caller gets the answer. */
export type Leg = 'sent' | 'answered'

/** Delays a call until its promise settles. */
export type Hold = (call: TappedCall, leg: Leg) => Promise<unknown> | undefined

/** The records of one store. */
export type Tap = { readonly calls: TappedCall[]; inFlight: number; hold: Hold }

type Operation = (...args: unknown[]) => unknown

/** Wraps a store. Delayed calls can overtake each other, as with a store that has several connections. */
export function tapStore(store: Store, hold: Hold = () => undefined): Tap {
  const tap: Tap = { calls: [], inFlight: 0, hold }

  async function pass(call: TappedCall, original: Operation): Promise<unknown[]> {
    await tap.hold(call, 'sent')
    const { operation, sessionId, data } = call
    const args = operation === 'clear' ? [] : data === undefined ? [sessionId] : [sessionId, data]
    const results = await new Promise<unknown[]>((resolve) => original(...args, (...all: unknown[]) => resolve(all)))
    await tap.hold(call, 'answered')
    return results
  }

  for (const operation of ['get', 'set', 'destroy', 'touch', 'clear'] as const) {
    const original = (store[operation] as Operation).bind(store)
    const tapped: Operation = async (...args) => {
      const callback = args.find((argument) => typeof argument === 'function') as Operation | undefined
      const sessionId = operation === 'clear' ? '' : String(args[0])
      const hasData = operation === 'set' || operation === 'touch'
      const call = { operation, sessionId, ...(hasData && { data: JSON.parse(JSON.stringify(args[1])) }) }
      tap.calls.push(call)
      tap.inFlight += 1
      const results = await pass(call, original)
      tap.inFlight -= 1
      callback?.(...results)
    }
    Object.assign(store, { [operation]: tapped })
  }
  return tap
}
