// Redis gone, and Redis hung, under load: pages go on, nobody waits for it, the operator is told once, and sharing comes back.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { type AppProcess, startFleet } from './fleet.js'
import { type Load, type LoadView, startLoad } from './load.js'
import { hasRedis, type RedisServer, startRedis } from './redis-server.js'
import { until } from './until.js'
import { closeConnections, visit } from './visit.js'

/** Longer than a helper that failed is left alone (5 s), so that each process looks again in vain and is not to tell again. */
const OUTAGE_MS = 8000
/** One call to the store and one to the limiter, 250 ms each. */
const TWO_CALLS_MS = 500
/** What a mint and two busy cores may add. */
const MARGIN_MS = 400
/** A page that waits this long has waited for Redis. */
const NOTICEABLE_MS = 240

const withRedis = hasRedis() ? describe : describe.skip

withRedis('an outage of Redis under load, at four processes', () => {
  let redis: RedisServer
  let hubspot: HubSpotSimulator
  let fleet: AppProcess[]
  let load: Load

  beforeAll(async () => {
    ;[redis, hubspot] = await Promise.all([startRedis(), startHubSpotSimulator()])
    fleet = await startFleet(4, redis.url, { hubspotUrl: hubspot.url, sessions: 'memory', identified: true })
    load = startLoad(fleet, 'load')
    await isShared('at first')
    load.takeViews()
  }, 90_000)

  afterAll(async () => {
    await load.stop()
    closeConnections()
    await Promise.all(fleet.map((app) => app.kill()))
    await Promise.all([redis.stop(), hubspot.close()])
  })

  const mintsOf = (email: string) =>
    hubspot.requests.filter(({ body }) => (body as { email?: string }).email === email).length

  /** Until a visitor who is new to one process costs nothing at the next, all the way round. */
  async function isShared(when: string): Promise<void> {
    for (const [index, app] of fleet.entries()) {
      const next = fleet[(index + 1) % fleet.length] as AppProcess
      let tries = 0
      await until(`tokens are shared ${when}`, async () => {
        tries += 1
        const email = `shared-${when.replaceAll(' ', '-')}-${index}-${tries}@example.com`
        await visit(app, { email })
        await visit(next, { email })
        if (mintsOf(email) !== 1) await sleep(200)
        return mintsOf(email) === 1
      })
    }
  }

  function expectServed(views: LoadView[]): void {
    expect(views.length).toBeGreaterThan(0)
    expect(views.filter(({ status }) => status !== 200)).toEqual([])
    const foreign = views.filter(({ page, email }) => hubspot.verify(page.token)?.email !== email)
    expect(foreign.map(({ email, isNew, page }) => ({ email, isNew, waitedMs: page.waitedMs }))).toEqual([])
    console.log(
      views.length,
      views.filter(({ isNew }) => isNew).length,
      'max known',
      Math.max(...views.map((view) => (view.isNew ? 0 : (view.page.waitedMs ?? 0)))),
      views
        .filter(({ page }) => (page.waitedMs ?? 0) >= NOTICEABLE_MS)
        .map(({ page }) => Math.round(page.waitedMs ?? 0))
    )
  }

  const waitedFor = (views: LoadView[], app: AppProcess) =>
    views.flatMap((view) => (view.app === app ? [view.page.waitedMs ?? 0] : []))

  /** Told twice: once of the store, once of the limiter. */
  function expectToldOnce(): void {
    for (const { faults } of fleet) {
      expect(faults.map(({ code }) => code)).toEqual(['ERR_CACHE_STORE', 'ERR_CACHE_STORE'])
      expect(faults.map(({ message }) => /store|limiter/.exec(message)?.[0]).sort()).toEqual(['limiter', 'store'])
      faults.length = 0
    }
  }

  test('Redis is killed: every page is served and identified, none waits, and each process tells once', async () => {
    await redis.kill()
    await sleep(OUTAGE_MS)
    const views = load.takeViews()
    expectServed(views)
    for (const app of fleet) {
      expect(waitedFor(views, app).filter((waitedMs) => waitedMs >= NOTICEABLE_MS)).toEqual([])
    }
    await redis.restart()
    await isShared('after the kill')
    expectServed(load.takeViews())
    expectToldOnce()
  }, 60_000)

  test('Redis hangs: a page or two of each process wait 250 ms for it, then none does until it is looked at again', async () => {
    redis.hang()
    await sleep(OUTAGE_MS)
    const views = load.takeViews()
    expectServed(views)
    for (const app of fleet) {
      const slow = waitedFor(views, app).filter((waitedMs) => waitedMs >= NOTICEABLE_MS)
      // When it begins, and when store and limiter are looked at again.
      expect(slow.length).toBeLessThanOrEqual(3)
      expect(Math.max(...slow)).toBeLessThan(TWO_CALLS_MS + MARGIN_MS)
    }
    redis.resume()
    await isShared('after the hang')
    expectServed(load.takeViews())
    expectToldOnce()
  }, 60_000)

  test('no process died or was told of anything else, and all that Redis had to say went to its error listener', () => {
    expect(fleet.map((app) => app.isAlive())).toEqual([true, true, true, true])
    for (const app of fleet) {
      expect(
        app
          .stderr()
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('Redis: '))
      ).toEqual([])
    }
  })
})
