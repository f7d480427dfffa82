// Sessions in Redis during an outage: an app with the library behaves like one without it.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { describeWithRedis } from '../support/redis.js'
import type { AppProcess } from './fleet.js'
import { type Scene, startScene } from './scene.js'
import { until } from './until.js'
import { logIn, type View, visit } from './visit.js'

const EMAIL = 'member@example.com'
/** Longer than a page takes if it does not wait for Redis. */
const HANG_MS = 1500

describeWithRedis('an outage of Redis that also keeps the sessions, with the library and without', () => {
  /** Process 0 has the library, process 1 is the same app without it. */
  let scene: Scene
  let cookies: string[]

  const onBoth = <T>(act: (app: AppProcess, index: number) => Promise<T>) => Promise.all(scene.fleet.map(act))
  const viewBoth = () => onBoth((app, index) => visit(app, { cookie: cookies[index] ?? '' }))
  const viewBothAnonymously = () => onBoth((app) => visit(app, {}))
  const logInToBoth = async () => {
    cookies = await onBoth((app) => logIn(app, EMAIL))
  }
  const statuses = (views: View[]) => views.map(({ status }) => status)

  beforeAll(async () => {
    scene = await startScene([
      { sessions: 'redis', isIdentifying: true },
      { sessions: 'redis', isIdentifying: false }
    ])
    await logInToBoth()
    await viewBoth()
  }, 60_000)

  afterAll(() => scene?.end())

  test('Redis hangs: pages with a session wait in express-session, with and without the library, and are served when it answers', async () => {
    scene.redis.hang()
    let isResumed = false
    const early: number[] = []
    const views = onBoth(async (app, index) => {
      const view = await visit(app, { cookie: cookies[index] ?? '' })
      if (!isResumed) early.push(index)
      return view
    })
    const hungSinceMs = Date.now()
    expect(statuses(await viewBothAnonymously())).toEqual([200, 200])
    await until('the outage is long enough', () => Date.now() - hungSinceMs > HANG_MS)
    isResumed = true
    scene.redis.resume()
    const [view, plain] = await views
    expect(early).toEqual([])
    expect([view?.status, plain?.status]).toEqual([200, 200])
    expect(scene.hubspot.verify(view?.page.token)?.email).toBe(EMAIL)
  })

  test('Redis is down: pages with a session fail in express-session, with and without the library, and the others are served', async () => {
    await scene.redis.kill()
    await until('both have noticed', async () => (await viewBoth()).every(({ status }) => status !== 200))
    expect(statuses(await viewBoth())).toEqual([500, 500])
    expect(statuses(await viewBothAnonymously())).toEqual([200, 200])
  })

  test('Redis is back: a user who logs in again is identified, with the token from the memory of the process', async () => {
    const mints = scene.hubspot.requests.length
    await scene.redis.restart()
    await until('both are connected', async () => {
      await logInToBoth()
      return cookies.every((cookie) => cookie !== '') && statuses(await viewBoth()).join() === '200,200'
    })
    const [view] = await viewBoth()
    expect(scene.hubspot.verify(view?.page.token)?.email).toBe(EMAIL)
    expect(scene.hubspot.requests.length).toBe(mints)
  })

  test('neither process died', () => {
    expect(scene.fleet.map((app) => app.isAlive())).toEqual([true, true])
  })
})
