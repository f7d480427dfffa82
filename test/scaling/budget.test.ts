// One budget of calls for all processes together, while far more visitors arrive at once than it allows.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { type AppProcess, startFleet } from './fleet.js'
import { hasRedis, type RedisServer, startRedis } from './redis-server.js'
import { until } from './until.js'
import { closeConnections, type View, visit } from './visit.js'

const VISITORS = 2000
/** The recipe's budget. */
const POINTS = 90
const WINDOW_MS = 10_000
const MAX_WAIT_MS = 1000
/** What four processes and this test on two cores may add to a page's waiting. */
const MARGIN_MS = 1500

const withRedis = hasRedis() ? describe : describe.skip

withRedis('two thousand visitors who arrive at four processes at once', () => {
  let redis: RedisServer
  let hubspot: HubSpotSimulator
  let fleet: AppProcess[]
  let views: View[]

  const emailOf = (index: number) => `crowd-${index}@example.com`
  const visitAll = (indexes: number[]) =>
    Promise.all(indexes.map((index) => visit(fleet[index % 4] as AppProcess, { email: emailOf(index) })))

  beforeAll(async () => {
    ;[redis, hubspot] = await Promise.all([startRedis(), startHubSpotSimulator()])
    fleet = await startFleet(4, redis.url, {
      hubspotUrl: hubspot.url,
      sessions: 'memory',
      identified: true,
      ownBudget: process.env['BREAK_BUDGET'] === '1'
    })
    views = await visitAll(Array.from({ length: VISITORS }, (_, index) => index))
  }, 90_000)

  afterAll(async () => {
    closeConnections()
    await Promise.all(fleet.map((app) => app.kill()))
    await Promise.all([redis.stop(), hubspot.close()])
  })

  test('are all served', () => {
    expect(views.filter(({ status }) => status !== 200)).toEqual([])
  })

  test('cost no more calls in one window than one budget, whatever process they are at', () => {
    const firstAtMs = hubspot.requests[0]?.at ?? 0
    const inFirstWindow = hubspot.requests.filter(({ at }) => at < firstAtMs + WINDOW_MS)
    expect(inFirstWindow.length).toBeGreaterThanOrEqual(POINTS)
    console.log(
      inFirstWindow.length,
      'calls; waited max',
      Math.max(...views.map(({ page }) => page.waitedMs ?? 0)),
      'took max',
      Math.max(...views.map(({ tookMs }) => tookMs)),
      fleet.map(({ faults }) => faults.map(({ code }) => code).join())
    )
    expect(inFirstWindow.length).toBeLessThanOrEqual(POINTS)
  })

  test('bring no 429 from HubSpot', () => {
    const told = fleet.flatMap(({ faults }) => faults)
    expect(told.filter(({ upstreamStatus }) => upstreamStatus !== undefined)).toEqual([])
  })

  test('wait no longer than a page may', () => {
    const longest = Math.max(...views.map(({ page }) => page.waitedMs ?? Number.POSITIVE_INFINITY))
    expect(longest).toBeLessThan(MAX_WAIT_MS + MARGIN_MS)
  })

  test('see only their own token, and who was shed is identified on a later page', async () => {
    const shed = views.flatMap(({ page }, index) => (page.token === undefined ? [index] : []))
    expect(shed.length).toBeGreaterThanOrEqual(VISITORS - 2 * POINTS)
    for (const [index, { page }] of views.entries()) {
      if (page.token !== undefined) expect(hubspot.verify(page.token)?.email).toBe(emailOf(index))
    }
    await until('the next window', async () => ((await redis.command('KEYS', 'rlflx:*')) as string[]).length === 0)
    const later = shed.slice(0, 60)
    for (const [at, { page }] of (await visitAll(later)).entries()) {
      expect(hubspot.verify(page.token)?.email).toBe(emailOf(later[at] as number))
    }
  })

  test('are told to the operator by every process once: the budget was empty', () => {
    for (const { faults } of fleet) expect(faults.map(({ code }) => code)).toEqual(['ERR_RATE_LIMITED'])
  })
})
