// How the session tests wait: for gates, and until nothing is in progress, instead of fixed times.
import { setImmediate as turn } from 'node:timers/promises'
import type { Tap } from '../support/tapped-store.js'
import type { Site } from './site.js'

/** `pass` waits until `open` is called; `reached` resolves at the first `pass`. */
export type Gate = { readonly pass: () => Promise<void>; readonly reached: Promise<void>; readonly open: () => void }

export function createGate(): Gate {
  let reach = (): void => undefined
  let open = (): void => undefined
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const pass = (): Promise<void> => {
    reach()
    return opened
  }
  return { reached, open: () => open(), pass }
}

/** Sends a request, and stops it at a moment inside the site until `comeIn` has finished. */
export async function meanwhile<T>(
  site: Site,
  moment: 'duringMint' | 'whileRendering',
  send: () => Promise<T>,
  comeIn: () => Promise<unknown>
): Promise<T> {
  const gate = createGate()
  site.hooks[moment] = gate.pass
  const answer = send()
  await gate.reached
  await comeIn()
  gate.open()
  return answer
}

/** Waits until every response is closed and no store call is in progress. */
export async function quiet(tap: Tap, ...sites: Site[]): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) {
    await turn()
    if (tap.inFlight > 0 || sites.some((site) => site.open() > 0)) turns = 0
  }
}

/** Whether the promise settles within 40 ms: gives a wrong implementation time to fail. */
export function settlesSoon(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true), new Promise<false>((resolve) => setTimeout(resolve, 40, false))])
}
