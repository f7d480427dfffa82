// Four processes, one Redis: how many mints a visitor costs, what lies in Redis, and what a killed process leaves behind.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { type AppProcess, startFleet, startProcess } from './fleet.js'
import { hasRedis, type RedisServer, startRedis } from './redis-server.js'
import { until } from './until.js'
import { closeConnections, type View, visit } from './visit.js'

/** HubSpot's 12 hours: no key may outlive the token in it. */
const TOKEN_LIFETIME_MS = 12 * 60 * 60 * 1000

const withRedis = hasRedis() ? describe : describe.skip

withRedis('four processes that share one Redis', () => {
  let redis: RedisServer
  let hubspot: HubSpotSimulator
  let fleet: AppProcess[]

  beforeAll(async () => {
    ;[redis, hubspot] = await Promise.all([startRedis(), startHubSpotSimulator()])
    fleet = await startFleet(4, redis.url, { hubspotUrl: hubspot.url, sessions: 'memory', identified: true })
  }, 60_000)

  afterAll(async () => {
    closeConnections()
    await Promise.all(fleet.map((app) => app.kill()))
    await Promise.all([redis.stop(), hubspot.close()])
  })

  const mintsOf = (email: string) =>
    hubspot.requests.filter(({ body }) => (body as { email?: string }).email === email).length

  /** As many points as there are calls in the tests: the budget is tested elsewhere. */
  const refillBudget = async () => {
    for (const key of await keys('rlflx:*')) await redis.command('DEL', key)
  }
  const keys = async (pattern: string) => (await redis.command('KEYS', pattern)) as string[]

  const appAt = (index: number) => fleet[index % fleet.length] as AppProcess

  function expectIdentified({ status, page }: View, email: string): void {
    expect(status).toBe(200)
    expect(page.email).toBe(email)
    expect(hubspot.verify(page.token)?.email).toBe(email)
  }

  test('a visitor who goes from one process to the next is minted for once', async () => {
    await refillBudget()
    const visitors = Array.from({ length: 60 }, (_, index) => `walker-${index}@example.com`)
    await Promise.all(
      visitors.map(async (email, index) => {
        const tokens = new Set<string | undefined>()
        for (let step = 0; step < 4; step += 1) {
          const view = await visit(appAt(index + step), { email })
          expectIdentified(view, email)
          tokens.add(view.page.token)
        }
        expect(tokens.size).toBe(1)
      })
    )
    expect(visitors.map(mintsOf)).toEqual(visitors.map(() => 1))
  })

  test('a visitor who is new to two processes at the same instant is minted for twice at most', async () => {
    await refillBudget()
    hubspot.respondWith({ delayMs: 100, times: 40 })
    const visitors = Array.from({ length: 20 }, (_, index) => `twin-${index}@example.com`)
    for (const [index, email] of visitors.entries()) {
      const views = await Promise.all([visit(appAt(index), { email }), visit(appAt(index + 1), { email })])
      for (const view of views) expectIdentified(view, email)
    }
    hubspot.respondWith()
    const mints = visitors.map(mintsOf)
    expect(Math.max(...mints)).toBeLessThanOrEqual(2)
    // Whoever comes later finds one of the two, at any process.
    for (const [index, email] of visitors.entries()) {
      expectIdentified(await visit(appAt(index + 2), { email }), email)
      expectIdentified(await visit(appAt(index + 3), { email }), email)
    }
    expect(visitors.map(mintsOf)).toEqual(mints)
  })

  test('ten tabs at each of the four processes at the same instant cost one mint for each process at most', async () => {
    await refillBudget()
    hubspot.respondWith({ delayMs: 100, times: 4 })
    const email = 'tabs@example.com'
    const views = await Promise.all(Array.from({ length: 40 }, (_, index) => visit(appAt(index), { email })))
    hubspot.respondWith()
    for (const view of views) expectIdentified(view, email)
    expect(mintsOf(email)).toBeLessThanOrEqual(4)
  })

  test('every key in Redis hides the address and ends by itself, with the token at the latest', async () => {
    await refillBudget()
    const email = "o'brien+chat@clear-text.example.com"
    expectIdentified(await visit(appAt(0), { email }), email)
    const tokenKeys = () => keys('*hubspot-identification*')
    await until('the token is in Redis', async () => (await tokenKeys()).length > 1)
    const all = await keys('*')
    // Tokens and the budget, and nothing else.
    expect(all.filter((key) => !/hubspot-identification:[\w-]{43}$/.test(key))).toEqual([])
    for (const key of all) {
      expect(key).not.toMatch(/@|example|brien|walker|twin/i)
      const ttlMs = Number(await redis.command('PTTL', key))
      // -2: ended between the two commands.
      expect(ttlMs === -2 || ttlMs > 0).toBe(true)
      expect(ttlMs).toBeLessThanOrEqual(key.startsWith('rlflx:') ? 10_000 : TOKEN_LIFETIME_MS)
    }
  })

  test('a process that is killed in the middle of a mint leaves nothing stuck: the next one mints and goes on', async () => {
    await refillBudget()
    const email = 'orphan@example.com'
    const victim = appAt(3)
    hubspot.respondWith({ hang: true })
    const cut = visit(victim, { email })
    await until('the mint is under way', () => mintsOf(email) === 1)
    await victim.kill()
    expect((await cut).status).toBe(0)
    const next = await visit(appAt(0), { email })
    expectIdentified(next, email)
    expect(next.page.waitedMs).toBeLessThan(1000)
    expect(mintsOf(email)).toBe(2)

    fleet[3] = await startProcess(redis.url, { hubspotUrl: hubspot.url, sessions: 'memory', identified: true })
    const again = await visit(appAt(3), { email })
    expectIdentified(again, email)
    expect(again.page.token).toBe(next.page.token)
    expect(mintsOf(email)).toBe(2)
  })

  test('nothing of all this was a fault, and no process died', () => {
    expect(fleet.flatMap(({ faults }) => faults)).toEqual([])
    expect(fleet.map((app) => app.isAlive())).toEqual([true, true, true, true])
  })
})
