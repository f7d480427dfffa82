// Four processes and one Redis: the number of mints for a visitor, the keys in Redis, and a process that is killed during a mint.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithRedis } from '../support/redis.js'
import { FOUR_PROCESSES, type Scene, startScene } from './scene.js'
import { until } from './until.js'
import { type View, visit } from './visit.js'

/** HubSpot's 12 hours: no key may live longer than its token. */
const TOKEN_LIFETIME_MS = 12 * 60 * 60 * 1000
/** The rate window of the recipe. */
const WINDOW_MS = 10_000

describeWithRedis('four processes that share one Redis', () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await startScene(FOUR_PROCESSES)
  }, 90_000)

  afterAll(() => scene?.end())

  /** Resets the budget, which is tested elsewhere. */
  async function refillBudget(): Promise<void> {
    for (const key of await scene.redis.keys('rlflx:*')) await scene.redis.command('DEL', key)
  }

  const storedTokens = async () => (await scene.redis.keys('*')).filter((key) => !key.startsWith('rlflx:')).length
  const visitAt = (place: number, email: string) => visit(scene.appAt(place), { email })
  const mintsOf = (emails: string[]) => emails.map((email) => scene.mintsOf(email))

  function expectIdentified({ status, page }: View, email: string): void {
    expect(status).toBe(200)
    expect(page.email).toBe(email)
    expect(scene.hubspot.verify(page.token)?.email).toBe(email)
  }

  test('a visitor who goes from one process to the next needs one mint', async () => {
    await refillBudget()
    const visitors = Array.from({ length: 60 }, (_, index) => `walker-${index}@example.com`)
    for (const [index, email] of visitors.entries()) {
      const tokens = new Set<string | undefined>()
      const before = await storedTokens()
      for (let step = 0; step < 4; step += 1) {
        const view = await visitAt(index + step, email)
        expectIdentified(view, email)
        tokens.add(view.page.token)
        // Pages do not wait for the write, so the next page could come before it.
        if (step === 0) await until('the token is in Redis', async () => (await storedTokens()) > before)
      }
      expect(tokens.size).toBe(1)
    }
    expect(mintsOf(visitors)).toEqual(visitors.map(() => 1))
  })

  test('a visitor who is new to two processes at the same time needs at most two mints', async () => {
    await refillBudget()
    const visitors = Array.from({ length: 20 }, (_, index) => `twin-${index}@example.com`)
    scene.hubspot.respondWith({ delayMs: 50, times: Number.POSITIVE_INFINITY })
    for (const [index, email] of visitors.entries()) {
      const views = await Promise.all([visitAt(index, email), visitAt(index + 1, email)])
      for (const view of views) expectIdentified(view, email)
    }
    scene.hubspot.respondWith()
    const mints = mintsOf(visitors)
    expect(Math.max(...mints)).toBeLessThanOrEqual(2)
    // Later, the other processes use one of the two tokens.
    for (const [index, email] of visitors.entries()) {
      expectIdentified(await visitAt(index + 2, email), email)
      expectIdentified(await visitAt(index + 3, email), email)
    }
    expect(mintsOf(visitors)).toEqual(mints)
  })

  test('ten tabs at each of the four processes at the same time need at most one mint for each process', async () => {
    await refillBudget()
    const email = 'tabs@example.com'
    scene.hubspot.respondWith({ delayMs: 50, times: 4 })
    const views = await Promise.all(Array.from({ length: 40 }, (_, place) => visitAt(place, email)))
    scene.hubspot.respondWith()
    for (const view of views) expectIdentified(view, email)
    expect(scene.mintsOf(email)).toBeLessThanOrEqual(4)
  })

  test('no key in Redis contains the address, and each expires with the token at the latest', async () => {
    await refillBudget()
    const { redis } = scene
    const before = (await redis.keys('*')).length
    expectIdentified(await visitAt(0, "o'brien+chat@clear-text.example.com"), "o'brien+chat@clear-text.example.com")
    await until('point and token are in Redis', async () => (await redis.keys('*')).length === before + 2)
    const keys = await redis.keys('*')
    expect(keys.filter((key) => !/hubspot-identification:[\w-]{43}$/.test(key))).toEqual([])
    expect(keys.filter((key) => /@|example|brien|walker|twin/i.test(key))).toEqual([])
    for (const key of keys) {
      const leftMs = Number(await redis.command('PTTL', key))
      // -1 would be a key without expiry; -2 is one that has expired meanwhile.
      expect(leftMs).not.toBe(-1)
      expect(leftMs).toBeLessThanOrEqual(key.startsWith('rlflx:') ? WINDOW_MS : TOKEN_LIFETIME_MS)
    }
  })

  test('after a process was killed during a mint, the next one can mint for the visitor', async () => {
    await refillBudget()
    const email = 'orphan@example.com'
    scene.hubspot.respondWith({ hang: true })
    const cut = visitAt(3, email)
    await until('the mint is under way', () => scene.mintsOf(email) === 1)
    await scene.appAt(3).kill()
    expect((await cut).status).toBe(0)

    const next = await visitAt(0, email)
    expectIdentified(next, email)
    expect(scene.mintsOf(email)).toBe(2)

    await scene.replace(3)
    const again = await visitAt(3, email)
    expectIdentified(again, email)
    expect(again.page.token).toBe(next.page.token)
    expect(scene.mintsOf(email)).toBe(2)
  })

  test('no error was reported, and no process died', () => {
    expect(scene.fleet.flatMap(({ faults }) => faults)).toEqual([])
    expect(scene.fleet.map((app) => app.isAlive())).toEqual([true, true, true, true])
  })
})
