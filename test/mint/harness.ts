// What the tests of minting share: settings for the simulator, faults that were reported, and a clock that is moved by hand.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jest } from '@jest/globals'
import type { Fault } from '../../lib/errors.js'
import type { PolicySettings } from '../../lib/mint/policy.js'

/** Everything but the clock runs as ever: sockets, promises, immediates. */
export function takeOverClock(): void {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance', 'hrtime']
  })
}

/** Gives sockets and promises a few turns of the real event loop. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Moves the clock on until the promise has settled, and says how long that was on that clock. */
export async function clockUntil<T>(promise: Promise<T>, stepMs = 25): Promise<{ value: T; tookMs: number }> {
  const startedAtMs = Date.now()
  let settled = false
  const watched = promise.finally(() => {
    settled = true
  })
  watched.catch(() => {})
  await turns()
  while (!settled) {
    jest.advanceTimersByTime(stepMs)
    await turns(5)
  }
  return { value: await watched, tookMs: Date.now() - startedAtMs }
}

/** Moves the clock on without waiting for anything. */
export async function pass(ms: number): Promise<void> {
  jest.advanceTimersByTime(ms)
  await turns()
}

/** Waits on the real event loop for a condition. */
export async function until(condition: () => boolean): Promise<void> {
  const startedAtMs = performance.now()
  while (!condition()) {
    if (performance.now() - startedAtMs > 10_000) throw new Error('the condition did not come true')
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** A reporter that remembers. */
export function recordFaults(): { faults: Fault[]; report: (fault: Fault) => void } {
  const faults: Fault[] = []
  return { faults, report: (fault) => void faults.push(fault) }
}

/** The settings of a policy that speaks to this address. */
export function policySettings(url: string, more: Partial<PolicySettings> = {}): PolicySettings {
  return {
    accessToken: 'pat-test',
    account: 'account',
    apiVersion: '2026-09',
    baseUrl: new URL(url),
    timeoutMs: 5000,
    retries: 2,
    ...more
  }
}

/** A server of the test's own, for what the simulator does not do. */
export async function startServer(listener: RequestListener) {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
  }
}
