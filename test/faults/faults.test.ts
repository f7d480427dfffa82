// All faults of the table: the page is served in time without identity, one error is reported, and no secret appears anywhere.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { ACCESS_TOKEN, EMAIL, listenIn, MARK, NAMES, spellOut } from './markers.js'
import { type Site, startSite, until } from './site.js'
import { FAULTS } from './table.js'

const MAX_WAIT_MS = 1000
const MARGIN_MS = 500

let simulator: HubSpotSimulator
let site: Site | undefined
let heard: ReturnType<typeof listenIn>
beforeAll(async () => {
  simulator = await startHubSpotSimulator()
  // The first page of a process is slow, because code is loaded and compiled.
  const warm = await startSite({ accessToken: 'pat-1', baseUrl: simulator.url })
  await warm.visit('warm@example.com')
  await warm.close()
})
afterAll(() => simulator.close())
beforeEach(() => {
  simulator.requests.length = 0
  heard = listenIn()
})
afterEach(async () => {
  heard.stop()
  simulator.respondWith()
  await site?.close()
})

describe('a page', () => {
  test.each(FAULTS)('is served in time: $name', async ({ fault, options, code, status, identified = false }) => {
    if (fault) simulator.respondWith({ ...fault, times: Number.POSITIVE_INFINITY })
    site = await startSite(
      {
        accessToken: ACCESS_TOKEN,
        account: 'test',
        baseUrl: simulator.url,
        maxWaitMs: MAX_WAIT_MS,
        timeoutMs: 700,
        retries: 0,
        ...options
      },
      NAMES
    )
    const page = await site.visit(EMAIL)
    expect(page).toMatchObject({ status: 200, identified })
    if (!identified) expect(page).toEqual({ status: 200, identified: false, snippet: '' })
    expect(site.waitsMs[0]).toBeLessThan(MAX_WAIT_MS + MARGIN_MS)

    const { errors } = site
    await until(() => errors.length > 0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(errors).toHaveLength(1)
    expect(errors[0]).toMatchObject({ name: 'HubSpotIdentificationError', code, hint: expect.stringMatching(/\S{3}/) })
    expect(errors[0]?.upstreamStatus).toBe(status)
    expect(errors[0]).not.toHaveProperty('status')
    expect(errors[0]).not.toHaveProperty('statusCode')

    expect(heard.said.length).toBeGreaterThanOrEqual(2)
    const all = [...errors, ...heard.said].map(spellOut).join('\n').toLowerCase()
    expect(all).not.toContain(MARK)
    expect(all).not.toContain('eyj')
  })

  test('gets the same fault as other pages that wait for one mint; the fault is reported once', async () => {
    simulator.respondWith({ status: 503, delayMs: 50, times: Number.POSITIVE_INFINITY })
    site = await startSite({ accessToken: ACCESS_TOKEN, baseUrl: simulator.url, retries: 0 })
    const pages = await Promise.all(Array.from({ length: 50 }, () => site?.visit(EMAIL)))
    expect(pages.every((page) => page?.status === 200 && !page.identified)).toBe(true)
    expect(simulator.requests).toHaveLength(1)
    expect(site.errors).toHaveLength(1)
  })

  test('does not wait while the breaker is open', async () => {
    simulator.respondWith({ status: 401, times: 2 })
    site = await startSite({ accessToken: ACCESS_TOKEN, baseUrl: simulator.url })
    await site.visit('a@example.com')
    await site.visit('b@example.com')
    simulator.respondWith({ hang: true, times: Number.POSITIVE_INFINITY })
    site.waitsMs.length = 0
    for (let n = 0; n < 100; n += 1) expect((await site.visit(`v${n}@example.com`)).status).toBe(200)
    const [median = Number.NaN] = site.waitsMs.toSorted((a, b) => a - b).slice(50)
    expect(median).toBeLessThan(2)
    expect(simulator.requests).toHaveLength(2)
    expect(site.errors).toHaveLength(2)
  })

  test('is served without identity after maxWaitMs; a later page uses the token of the same mint', async () => {
    simulator.respondWith({ delayMs: 150 })
    site = await startSite({ accessToken: ACCESS_TOKEN, baseUrl: simulator.url, maxWaitMs: 30 })
    expect(await site.visit(EMAIL)).toMatchObject({ status: 200, identified: false })
    const { visit } = site
    const seen: boolean[] = []
    while (!seen.includes(true) && seen.length < 100) seen.push((await visit(EMAIL)).identified)
    expect(seen.at(-1)).toBe(true)
    expect(simulator.requests).toHaveLength(1)
    expect(site.errors).toEqual([])
  })
})
