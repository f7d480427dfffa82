// Shared by the tests of minting: settings for the simulator, a list of reported faults, and a simulated clock.
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jest } from '@jest/globals'
import type { Fault } from '../../lib/errors.js'
import type { PolicySettings } from '../../lib/mint/policy.js'

/** Only the clock is simulated; sockets, promises and immediates are real. */
export function takeOverClock(): void {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'clearImmediate', 'queueMicrotask', 'performance', 'hrtime']
  })
}

/** Waits a few turns of the real event loop, for sockets and promises. */
export async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

/** Advances the clock until the promise has settled; gives the time that took on that clock. */
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

/** Advances the clock. */
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

/** A report function, and the faults that it was called with. */
export function recordFaults(): { faults: Fault[]; report: (fault: Fault) => void } {
  const faults: Fault[] = []
  return { faults, report: (fault) => void faults.push(fault) }
}

/** Settings for minting at this URL. */
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

/** A server for answers that the simulator does not give. */
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
