// The commands that the library sends to Redis: none for a page whose token is on the session, few for a new visitor.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithRedis } from '../support/redis.js'
import type { AppProcess } from './fleet.js'
import { type Scene, startScene } from './scene.js'
import { until } from './until.js'
import { logIn, visit } from './visit.js'

/** Numbers of commands by name, as Redis counts them. */
type Counts = Record<string, number>

const PAGE_VIEWS = 100

describeWithRedis('the commands that Redis counts, with sessions in Redis too', () => {
  let scene: Scene
  let app: AppProcess
  let withoutLibrary: AppProcess

  beforeAll(async () => {
    scene = await startScene([
      { sessions: 'redis', isIdentifying: true },
      { sessions: 'redis', isIdentifying: false }
    ])
    app = scene.appAt(0)
    withoutLibrary = scene.appAt(1)
  }, 90_000)

  afterAll(() => scene?.end())

  /** Counts the commands that the apps send during `act`, without those for connecting and counting. */
  async function commandsOf(act: () => Promise<void>): Promise<Counts> {
    await scene.redis.command('CONFIG', 'RESETSTAT')
    await act()
    const counts = [...(await stats()).matchAll(/^cmdstat_([\w|]+):calls=(\d+)/gm)].map(([, name, calls]) => [
      name,
      Number(calls)
    ])
    return Object.fromEntries(counts.filter(([name]) => !/^(client|config|info|hello|keys|ping)/.test(String(name))))
  }

  const stats = async () => String(await scene.redis.command('INFO', 'commandstats'))

  const sessionsWithToken = async () => {
    const keys = await scene.redis.keys('sess:*')
    const sessions = await Promise.all(keys.map((key) => scene.redis.command('GET', key)))
    return sessions.filter((session) => String(session).includes('"token"')).length
  }

  async function viewPages(process: AppProcess, cookie: string): Promise<void> {
    for (let view = 0; view < PAGE_VIEWS; view += 1) await visit(process, { cookie })
  }

  test('a page with the token on the session sends only the commands of express-session', async () => {
    const cookie = await logIn(app, 'reader@example.com')
    await visit(app, { cookie })
    await until('the token is on the session', async () => (await sessionsWithToken()) === 1)
    const views = await commandsOf(() => viewPages(app, cookie))

    const plainCookie = await logIn(withoutLibrary, 'reader@example.com')
    const plainViews = await commandsOf(() => viewPages(withoutLibrary, plainCookie))

    expect(views).toEqual(plainViews)
    expect(views).toEqual({ get: PAGE_VIEWS, expire: PAGE_VIEWS })
    expect((await visit(app, { cookie })).page.email).toBe('reader@example.com')
  })

  test('an anonymous page sends no command', async () => {
    const views = await commandsOf(async () => {
      for (let view = 0; view < PAGE_VIEWS; view += 1) await visit(app, {})
    })
    expect(views).toEqual({})
  })

  test('the first page of a new visitor reads the store, takes a point, writes the token, and writes the session', async () => {
    const cookie = await logIn(app, 'newcomer@example.com')
    const counts = await commandsOf(async () => {
      await visit(app, { cookie })
      await until('point, token and session are written', async () => /cmdstat_set:calls=3/.test(await stats()))
    })
    // express-session: get, expire. The library: the token and the session are read (get); a point is taken (eval, with set, incrby and
    // pttl in it); the token and the session are written (set).
    expect(counts).toEqual({ get: 1 + 2, expire: 1, eval: 1, incrby: 1, pttl: 1, set: 1 + 2 })
  })
})
