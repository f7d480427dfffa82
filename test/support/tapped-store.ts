// Puts a tap between express-session's callers and a store: what is asked is counted, and may be held up on its way there and back.
import type { SessionData, Store } from 'express-session'

/** What was asked of the store. */
export type TappedCall = {
  readonly operation: 'get' | 'set' | 'destroy' | 'touch' | 'clear'
  /** Empty for `clear`, which concerns all. */
  readonly sessionId: string
  /** For `set` and `touch`: the session as it was at the call. */
  readonly data?: Partial<SessionData> & Record<string, unknown>
}

/** `sent`: before the store has seen it. `answered`: the store has done it, the caller does not know yet. */
export type Leg = 'sent' | 'answered'

/** Holds a call up for as long as its promise is pending. */
export type Hold = (call: TappedCall, leg: Leg) => Promise<unknown> | undefined

/** The tap of one store. */
export type Tap = { readonly calls: TappedCall[]; inFlight: number; hold: Hold }

type Operation = (...args: unknown[]) => unknown

/** Taps a store. Calls may overtake each other when they are held up, as in a store with several connections. */
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
