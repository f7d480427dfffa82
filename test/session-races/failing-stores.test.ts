// Stores that fail, throw, hang or are unreachable: pages, writes and logouts work as without the library.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { RedisStore } from 'connect-redis'
import session, { type Store } from 'express-session'
import { createClient } from 'redis'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { describeWithRedis, startRedis } from '../support/redis.js'
import type { Tap } from '../support/tapped-store.js'
import type { Browser } from './browser.js'
import { type Site, startSite } from './site.js'
import { stored } from './stored.js'
import { quiet } from './waiting.js'

let simulator: HubSpotSimulator
beforeAll(async () => {
  simulator = await startHubSpotSimulator({ rateLimit: { max: 1_000_000 } })
})
afterAll(() => simulator.close())
const sites: Site[] = []
afterEach(async () => {
  for (const site of sites.splice(0)) await site.close()
})

async function start(store: Store): Promise<Site> {
  const site = await startSite({ store, baseUrl: simulator.url })
  sites.push(site)
  return site
}

type Ailing = { store: session.MemoryStore; tap: Tap; ail: (operation: 'get' | 'set', how: Ailment) => void }
type Ailment = 'errs' | 'throws' | 'hangs'

/** A MemoryStore in which `ail` makes one operation fail for the library's own calls: those made while no request is open. */
function ailingStore(isOurs: () => boolean): Ailing {
  const store = new session.MemoryStore()
  const ail: Ailing['ail'] = (operation, how) => {
    const healthy = store[operation].bind(store) as (...args: unknown[]) => void
    const sick = (...args: unknown[]): void => {
      if (!isOurs()) healthy(...args)
      else if (how === 'throws') throw new Error('the store is ill')
      else if (how === 'errs') (args.at(-1) as (error: Error) => void)(new Error('the store is ill'))
    }
    Object.assign(store, { [operation]: sick })
  }
  return { store, tap: { calls: [], inFlight: 0, hold: () => undefined }, ail }
}

const ailments = (['get', 'set'] as const).flatMap((operation) =>
  (['errs', 'throws', 'hangs'] as const).map((how) => [operation, how] as const)
)

test.each(ailments)("pages, writes and logouts work when the library's %s %s", async (operation, how) => {
  let site: Site | undefined
  const { store, tap, ail } = ailingStore(() => site?.open() === 0)
  ail(operation, how)
  site = await start(store)
  const browser = site.browser()
  await browser.post('/login/ada')
  expect(await browser.get('/page')).toMatchObject({ status: 200, email: 'ada@example.com' })
  await quiet(tap, site)
  expect((await browser.post('/write/cart')).status).toBe(200)
  expect(await browser.get('/page')).toMatchObject({ status: 200, email: 'ada@example.com' })
  const { sessionId } = browser
  expect((await browser.post('/logout')).status).toBe(200)
  await quiet(tap, site)
  expect(Object.keys(Reflect.get(store, 'sessions'))).not.toContain(sessionId)
})

describeWithRedis('a Redis that stops', () => {
  test('causes no failure beyond those of express-session', async () => {
    const redis = await startRedis()
    const client = createClient({ url: redis.url, disableOfflineQueue: true })
    client.on('error', () => undefined)
    await client.connect()
    const store = new RedisStore({ client })
    const site = await start(store)
    const browser = site.browser()
    await browser.post('/login/ada')
    site.hooks.whileRendering = () => redis.stop()
    // express-session cannot touch the session and may cut the response off. The process must not crash.
    await browser.get('/page').catch(() => undefined)
    site.hooks.whileRendering = () => undefined
    // The request is repeated because fetch may use a pooled connection that the site has closed.
    const view = (by: Browser) => {
      const send = () => by.get('/page')
      return send().catch(send).catch(send).catch(send)
    }
    expect((await view(site.browser())).status).toBe(200)
    expect((await view(browser)).status).toBe(500)
    client.destroy()
  })
})

test('a store that is awaited, without callbacks, returns its own values and errors', async () => {
  const answers = { set: 'stored', destroy: 'destroyed' } as Record<string, string>
  class PromiseStore extends session.MemoryStore {
    ill = false
    override set(...args: Parameters<session.MemoryStore['set']>): never {
      return this.#answer('set', () => super.set(...args), args.at(-1)) as never
    }
    override destroy(...args: Parameters<session.MemoryStore['destroy']>): never {
      return this.#answer('destroy', () => super.destroy(...args), args.at(-1)) as never
    }
    #answer(operation: string, run: () => void, callback: unknown): Promise<string | undefined> | undefined {
      if (typeof callback === 'function') return run() as undefined
      if (this.ill) return Promise.reject(new Error('the store is ill'))
      run()
      return Promise.resolve(answers[operation])
    }
  }
  const store = new PromiseStore()
  const site = await start(store)
  const browser = site.browser()
  await browser.post('/login/ada')
  await browser.get('/page')
  const asPromised = store as unknown as Record<'set' | 'destroy', (...args: unknown[]) => Promise<string>>
  const data = await stored(store, browser.sessionId)
  expect(await asPromised.set('other', data)).toBe('stored')
  expect(await asPromised.destroy('other')).toBe('destroyed')
  store.ill = true
  await expect(asPromised.destroy('other')).rejects.toThrow('the store is ill')
  await expect(asPromised.set('other', data)).rejects.toThrow('the store is ill')
})
