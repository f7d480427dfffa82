// Redis fails or hangs under load: pages are served without a wait, one error is reported, and sharing resumes afterwards.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithRedis } from '../support/redis.js'
import type { AppProcess } from './fleet.js'
import { type Load, type LoadView, startLoad } from './load.js'
import { FOUR_PROCESSES, type Scene, startScene } from './scene.js'
import { until } from './until.js'
import { limiterCalls, longestStallMs, visit } from './visit.js'

/** Longer than the pause after a failure (5 s), so that each process tries again and fails again, without a second report. */
const OUTAGE_MS = 6000
/** One call to the store and one to the limiter, 250 ms each. */
const TWO_CALLS_MS = 500
/** Tolerance for a mint and a busy machine. */
const MARGIN_MS = 400
/** A page that waited this long has waited for Redis. */
const NOTICEABLE_MS = 240

describeWithRedis('an outage of Redis under load, at four processes', () => {
  let scene: Scene
  let load: Load

  beforeAll(async () => {
    scene = await startScene(FOUR_PROCESSES)
    load = startLoad(scene.fleet, 'load')
    await isShared('at-first')
    load.takeViews()
  }, 120_000)

  afterAll(async () => {
    await load?.stop()
    await scene?.end()
  })

  /** Waits until each process uses tokens that the process before it minted, and the budget is shared again. */
  async function isShared(when: string): Promise<void> {
    const before = await Promise.all(scene.fleet.map(limiterCalls))
    for (const place of scene.fleet.keys()) {
      let tries = 0
      await until(`tokens are shared ${when}`, async () => {
        tries += 1
        if (tries > 1) await sleep(200)
        const email = `shared-${when}-${place}-${tries}@example.com`
        await visit(scene.appAt(place), { email })
        await visit(scene.appAt(place + 1), { email })
        return scene.mintsOf(email) === 1
      })
    }
    // The new visitors of the load need the shared budget.
    await until(`the budget is shared ${when}`, async () => {
      const now = await Promise.all(scene.fleet.map(limiterCalls))
      return now.every((calls, place) => calls > (before[place] ?? 0))
    })
  }

  /** Waits until each process has reported the store and the limiter. */
  const isNoticed = () =>
    until('each process has noticed', () => scene.fleet.every(({ faults }) => faults.length >= 2), 30_000)

  function expectServedAndIdentified(views: LoadView[]): void {
    expect(views.filter(({ status }) => status !== 200)).toEqual([])
    const others = views.filter(({ page, email }) => scene.hubspot.verify(page.token)?.email !== email)
    expect(others.map(({ email, isNew, page: { waitedMs } }) => ({ email, isNew, waitedMs }))).toEqual([])
  }

  /** The waits that are longer than the process was busy. */
  async function slowWaits(views: LoadView[], app: AppProcess): Promise<number[]> {
    const noticeableMs = NOTICEABLE_MS + 2 * (await longestStallMs(app))
    const waits = views.filter((view) => view.app === app).map(({ page }) => page.waitedMs ?? Number.NaN)
    return waits.filter((waitedMs) => !(waitedMs < noticeableMs))
  }

  /** Two reports: one for the store, one for the limiter. */
  function expectToldOnce(): void {
    for (const { faults } of scene.fleet) {
      expect(faults.map(({ code }) => code)).toEqual(['ERR_CACHE_STORE', 'ERR_CACHE_STORE'])
      expect(faults.map(({ message }) => /store|limiter/.exec(message)?.[0]).sort()).toEqual(['limiter', 'store'])
      faults.length = 0
    }
  }

  test('Redis is killed: every page is served and identified without a wait, and each process reports it once', async () => {
    await scene.redis.kill()
    await isNoticed()
    await sleep(OUTAGE_MS)
    const views = load.takeViews()
    expect(views.length).toBeGreaterThan(100)
    expectServedAndIdentified(views)
    for (const app of scene.fleet) expect(await slowWaits(views, app)).toEqual([])

    await scene.redis.restart()
    await isShared('after-the-kill')
    expectServedAndIdentified(load.takeViews())
    expectToldOnce()
  }, 60_000)

  test('Redis hangs: one page of each process waits 250 ms for it, then none until it is tried again', async () => {
    scene.redis.hang()
    await isNoticed()
    await sleep(OUTAGE_MS)
    const views = load.takeViews()
    expect(views.length).toBeGreaterThan(100)
    expectServedAndIdentified(views)
    for (const app of scene.fleet) {
      const waits = await slowWaits(views, app)
      // Three waits: when the outage begins, and when the store and the limiter are tried again.
      expect(waits.length).toBeLessThanOrEqual(3)
      expect(Math.max(0, ...waits)).toBeLessThan(TWO_CALLS_MS + MARGIN_MS + (await longestStallMs(app)))
    }

    scene.redis.resume()
    await isShared('after-the-hang')
    expectServedAndIdentified(load.takeViews())
    expectToldOnce()
  }, 60_000)

  test('no second mint was needed for known visitors', () => {
    const known = [0, 1, 2, 3].map((index) => `load-${index}-0@example.com`)
    expect(known.map(scene.mintsOf)).toEqual([1, 1, 1, 1])
  })

  test('no process died, and all errors of Redis went to its error listener', () => {
    expect(scene.fleet.map((app) => app.isAlive())).toEqual([true, true, true, true])
    const said = scene.fleet.flatMap((app) => app.stderr().split('\n'))
    expect(said.filter((line) => line !== '' && !line.startsWith('Redis: '))).toEqual([])
  })
})
