// Redis gone, and Redis hung, under load: pages go on, nobody waits for it, the operator is told once, and sharing comes back.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithRedis } from '../support/redis.js'
import type { AppProcess } from './fleet.js'
import { type Load, type LoadView, startLoad } from './load.js'
import { FOUR_PROCESSES, type Scene, startScene } from './scene.js'
import { until } from './until.js'
import { limiterCalls, longestStallMs, visit } from './visit.js'

/** Longer than a helper that failed is left alone (5 s), so that each process looks again in vain and is not to tell again. */
const OUTAGE_MS = 6000
/** One call to the store and one to the limiter, 250 ms each. */
const TWO_CALLS_MS = 500
/** What a mint and two busy cores may add. */
const MARGIN_MS = 400
/** A page that waits this long has waited for Redis. */
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

  /** Until a visitor who is new to one process costs nothing at the next, all the way round, and the budget is shared again. */
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
    // The load brings new visitors, for whom it is asked.
    await until(`the budget is shared ${when}`, async () => {
      const now = await Promise.all(scene.fleet.map(limiterCalls))
      return now.every((calls, place) => calls > (before[place] ?? 0))
    })
  }

  /** Until each process has told of the store and of the limiter. */
  const isNoticed = () =>
    until('each process has noticed', () => scene.fleet.every(({ faults }) => faults.length >= 2), 30_000)

  function expectServedAndIdentified(views: LoadView[]): void {
    expect(views.filter(({ status }) => status !== 200)).toEqual([])
    const others = views.filter(({ page, email }) => scene.hubspot.verify(page.token)?.email !== email)
    expect(others.map(({ email, isNew, page: { waitedMs } }) => ({ email, isNew, waitedMs }))).toEqual([])
  }

  /** The waits that cannot be put down to a process that was busy. */
  async function slowWaits(views: LoadView[], app: AppProcess): Promise<number[]> {
    const noticeableMs = NOTICEABLE_MS + 2 * (await longestStallMs(app))
    const waits = views.filter((view) => view.app === app).map(({ page }) => page.waitedMs ?? Number.NaN)
    return waits.filter((waitedMs) => !(waitedMs < noticeableMs))
  }

  /** Told twice: once of the store, once of the limiter. */
  function expectToldOnce(): void {
    for (const { faults } of scene.fleet) {
      expect(faults.map(({ code }) => code)).toEqual(['ERR_CACHE_STORE', 'ERR_CACHE_STORE'])
      expect(faults.map(({ message }) => /store|limiter/.exec(message)?.[0]).sort()).toEqual(['limiter', 'store'])
      faults.length = 0
    }
  }

  test('Redis is killed: every page is served and identified, none waits, and each process tells once', async () => {
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

  test('Redis hangs: a page of each process waits 250 ms for it, then none until it is looked at again', async () => {
    scene.redis.hang()
    await isNoticed()
    await sleep(OUTAGE_MS)
    const views = load.takeViews()
    expect(views.length).toBeGreaterThan(100)
    expectServedAndIdentified(views)
    for (const app of scene.fleet) {
      const waits = await slowWaits(views, app)
      // When it begins, and when store and limiter are looked at again.
      expect(waits.length).toBeLessThanOrEqual(3)
      expect(Math.max(0, ...waits)).toBeLessThan(TWO_CALLS_MS + MARGIN_MS + (await longestStallMs(app)))
    }

    scene.redis.resume()
    await isShared('after-the-hang')
    expectServedAndIdentified(load.takeViews())
    expectToldOnce()
  }, 60_000)

  test('nobody who was known before had to be minted for again', () => {
    const known = [0, 1, 2, 3].map((index) => `load-${index}-0@example.com`)
    expect(known.map(scene.mintsOf)).toEqual([1, 1, 1, 1])
  })

  test('no process died, and all that Redis had to say went to its error listener', () => {
    expect(scene.fleet.map((app) => app.isAlive())).toEqual([true, true, true, true])
    const said = scene.fleet.flatMap((app) => app.stderr().split('\n'))
    expect(said.filter((line) => line !== '' && !line.startsWith('Redis: '))).toEqual([])
  })
})
