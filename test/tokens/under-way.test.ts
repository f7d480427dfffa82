// settled(): waits until mints and session writes in the background have ended.
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import session from 'express-session'
import { UnderWay } from '../../lib/tokens/under-way.js'
import { createGate, settlesSoon } from '../session-races/waiting.js'
import { createApp } from '../support/create-app.js'
import { tapStore } from '../support/tapped-store.js'

const jane = { email: 'jane@example.com' }
const MINUTE_MS = 60_000

afterEach(() => {
  jest.restoreAllMocks()
})

describe('settled', () => {
  test('resolves at once when no work is running', async () => {
    const { identification } = await createApp()
    expect(await settlesSoon(identification.settled())).toBe(true)
  })

  test('waits for a mint that came too late for its page, and for the session write after it', async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {})
    const accessToken = createGate()
    const store = new session.MemoryStore()
    const options = { accessToken: () => accessToken.pass().then(() => 'any'), account: 'one', maxWaitMs: 1 }
    const { identification, loggedIn } = await createApp({ options, session: { store } })
    const ann = await loggedIn('ann')
    expect((await ann.get('/view')).body).toMatchObject({ identified: false, reason: 'late' })
    const settled = identification.settled()
    expect(await settlesSoon(settled)).toBe(false)
    accessToken.open()
    await settled
    expect(kept(store)).toEqual({ email: 'ann@example.com', token: expect.any(String) })
  })

  test('waits for the session write after a response', async () => {
    const store = new session.MemoryStore()
    const write = createGate()
    const { identification, loggedIn } = await createApp({ session: { store } })
    const ann = await loggedIn('ann')
    tapStore(store, ({ operation }) => (operation === 'set' ? write.pass() : undefined))
    await ann.get('/view')
    const settled = identification.settled()
    await write.reached
    expect(await settlesSoon(settled)).toBe(false)
    write.open()
    await settled
    expect(kept(store)).toBeDefined()
  })

  test('waits for the session write also if it is called by a listener of the response that runs before ours', async () => {
    const store = new session.MemoryStore()
    const settled: Promise<void>[] = []
    const test = await createApp({
      session: { store },
      configure: (app) =>
        app.use((_req, res, next) => {
          res.once('finish', () => settled.push(test.identification.settled()))
          next()
        })
    })
    const ann = await test.loggedIn('ann')
    await ann.get('/view')
    await Promise.all(settled)
    expect(kept(store)).toBeDefined()
  })

  test('waits for the write to the shared store', async () => {
    const written = createGate()
    const values = new Map<string, unknown>()
    const cache = {
      store: {
        get: (key: string) => values.get(key),
        set: async (key: string, value: unknown) => {
          await written.pass()
          values.set(key, value)
        },
        delete: (key: string) => values.delete(key)
      }
    }
    const { identification } = await createApp({ options: { cache } })
    await identification.identify(jane)
    const settled = identification.settled()
    expect(await settlesSoon(settled)).toBe(false)
    written.open()
    await settled
    expect(values.size).toBe(1)
  })

  test('does not reject when a mint or the store fails', async () => {
    const store = new session.MemoryStore()
    const { identification, hubspot, loggedIn } = await createApp({ session: { store } })
    const [ann, bob] = [await loggedIn('ann'), await loggedIn('bob')]
    store.set = () => {
      throw new Error('The store is gone')
    }
    await ann.get('/view')
    hubspot.respondWith({ status: 401 })
    await bob.get('/view')
    expect(await identification.settled()).toBeUndefined()
  })

  test('waits a minute for work that never ends', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] })
    try {
      const work = new UnderWay()
      work.add(new Promise(() => {}))
      const settled = work.settled()
      jest.advanceTimersByTime(MINUTE_MS)
      expect(await settled).toBeUndefined()
    } finally {
      jest.useRealTimers()
    }
  })
})

/** The entry in the only session of this store. */
function kept(store: session.MemoryStore): unknown {
  const [text = '{}'] = Object.values((store as unknown as { sessions: Record<string, string> }).sessions)
  const { hubspot } = JSON.parse(text)
  return hubspot && { email: hubspot.email, token: hubspot.token }
}
