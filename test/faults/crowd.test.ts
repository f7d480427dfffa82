// Many requests at once: one visitor in hundreds of tabs, more visitors than HubSpot's limit, and one whom HubSpot always refuses.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type HubSpotSimulator, type SimulatorFault, startHubSpotSimulator } from '../../lib/testing/index.js'
import { pass, takeOverClock } from '../mint/harness.js'
import { type Site, startSite } from './site.js'

const MAX_WAIT_MS = 1000
const MARGIN_MS = 250

// The machine may be busy with other tests.
jest.setTimeout(60_000)

let simulator: HubSpotSimulator
let site: Site
let refused: number
beforeEach(async () => {
  refused = 0
  simulator = await startHubSpotSimulator()
})
afterEach(async () => {
  jest.useRealTimers()
  await site.close()
  await simulator.close()
})

/** Makes the real call and counts the answers with status 429. */
async function countRefused(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (response.status === 429) refused += 1
  return response
}

/** The simulated clock of holds, rate windows and expiry; timers and sockets are real. */
function fakeDate(): void {
  jest.useFakeTimers({
    doNotFake: [
      'hrtime',
      'nextTick',
      'performance',
      'queueMicrotask',
      'setImmediate',
      'clearImmediate',
      'setInterval',
      'clearInterval',
      'setTimeout',
      'clearTimeout'
    ]
  })
}

test('400 parallel pages of one new visitor make one call and show one token', async () => {
  site = await startSite({ accessToken: 'pat-1', baseUrl: simulator.url })
  const pages = await Promise.all(Array.from({ length: 400 }, () => site.visit('jane@example.com')))
  expect(pages.every(({ status, identified }) => status === 200 && identified)).toBe(true)
  expect(new Set(pages.map(({ token }) => token)).size).toBe(1)
  expect(simulator.requests).toHaveLength(1)
  expect(site.errors).toEqual([])
})

test('1,500 visitors at once cause no 429, no failed page and no late page', async () => {
  site = await startSite({ accessToken: 'pat-1', baseUrl: simulator.url, maxWaitMs: MAX_WAIT_MS, fetch: countRefused })
  const stalls = monitorEventLoopDelay()
  stalls.enable()
  const pages = await Promise.all(Array.from({ length: 1500 }, (_, n) => site.visit(`v${n}@example.com`)))
  // Timers are late when the process is busy, with 1,500 pages or because of the machine.
  const stalledMs = stalls.max / 1e6
  const identified = pages.filter((page) => page.identified).length
  const slowestMs = Math.max(...site.waitsMs)
  console.log(
    `1,500 visitors at once: ${identified} identified, ${refused} times 429, slowest wait ${Math.round(slowestMs)} ms, longest stall ${Math.round(stalledMs)} ms`
  )
  expect(pages.every(({ status }) => status === 200)).toBe(true)
  expect(site.waitsMs).toHaveLength(1500)
  expect(refused).toBe(0)
  expect(identified).toBeGreaterThanOrEqual(90)
  expect(identified).toBeLessThanOrEqual(190)
  expect(slowestMs).toBeLessThan(MAX_WAIT_MS + MARGIN_MS + stalledMs)
  // Once for each time the budget was empty, not for each page.
  expect(site.errors.length).toBeLessThanOrEqual(3)
  expect(new Set(site.errors.map(({ code }) => code))).toEqual(new Set(['ERR_RATE_LIMITED']))
})

test('1,500 visitors who keep reloading are all identified, without exceeding the rolling limit', async () => {
  takeOverClock()
  site = await startSite({ accessToken: 'pat-1', baseUrl: simulator.url, fetch: countRefused })
  let waiting = Array.from({ length: 1500 }, (_, n) => `v${n}@example.com`)
  const startedAtMs = Date.now()
  while (waiting.length > 0) {
    const asked = await Promise.allSettled(waiting.slice(0, 100).map((email) => site.identify({ email })))
    waiting = waiting.filter((_, n) => asked[n]?.status !== 'fulfilled')
    await pass(450)
  }
  const times = simulator.requests.map(({ at }) => at)
  const busiest = Math.max(...times.map((at) => times.filter((other) => other > at - 10_000 && other <= at).length))
  const tookS = (Date.now() - startedAtMs) / 1000
  console.log(
    `1,500 visitors over ${tookS} s: ${times.length} calls, at most ${busiest} in any 10 s, ${refused} times 429`
  )
  expect([times.length, refused]).toEqual([1500, 0])
  expect(busiest).toBeLessThanOrEqual(180)
  expect(tookS).toBeLessThan(200)
})

describe('a visitor who reloads a thousand times', () => {
  test.each([
    ['a 400', { status: 400 }, 1],
    ['an HTML 403', { status: 403, body: '<html>blocked</html>' }, 1],
    ['a 500', { status: 500 }, 3],
    ['a web page with 200', { html: '<html>hello</html>' }, 1]
  ] as const)('and gets %s causes few calls, and all other visitors are identified', async (_name, fault, calls) => {
    const isMallory: SimulatorFault['when'] = ({ body }) => (body as { email: string }).email === 'mallory@example.com'
    simulator.respondWith({ ...fault, times: Number.POSITIVE_INFINITY, when: isMallory })
    site = await startSite({ accessToken: 'pat-1', baseUrl: simulator.url })
    for (let wave = 0; wave < 20; wave += 1) {
      const mallory = Promise.all(Array.from({ length: 50 }, () => site.visit('mallory@example.com')))
      const others = await Promise.all(
        Array.from({ length: 3 }, (_, n) => site.visit(`${n < 1 ? 'same' : `${wave}-${n}`}@example.com`))
      )
      expect(others.map(({ identified }) => identified)).toEqual([true, true, true])
      expect((await mallory).some(({ identified }) => identified)).toBe(false)
    }
    expect(simulator.requests.filter(isMallory)).toHaveLength(calls)
    expect(site.errors).toHaveLength(1)
  })

  test('over an hour causes at most two calls a minute, and all other visitors are identified', async () => {
    fakeDate()
    const isMallory: SimulatorFault['when'] = ({ body }) => (body as { email: string }).email === 'mallory@example.com'
    simulator.respondWith({ status: 403, body: '<html>', times: Number.POSITIVE_INFINITY, when: isMallory })
    site = await startSite({ accessToken: 'pat-1', baseUrl: simulator.url })
    for (let minute = 0; minute < 60; minute += 1) {
      for (const name of ['mallory', 'mallory', `v${minute}`, 'mallory']) {
        const page = await site.visit(`${name}@example.com`)
        expect(page.identified).toBe(name !== 'mallory')
        jest.setSystemTime(Date.now() + 15_000)
      }
    }
    expect(simulator.requests.filter(isMallory).length).toBeLessThanOrEqual(120)
  })
})
