// A `touch` with an old copy of a session: stores that write all of it would bring back what has ended, or lose what was written.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import session, { type Session, type SessionData, type Store } from 'express-session'
import { guardOf } from '../../lib/session/store-guard.js'
import { createGate, type Gate, quiet } from '../session-races/waiting.js'
import { type Tap, tapStore } from '../support/tapped-store.js'

/** Its `touch` stores the session as the request has it, as those of session-memory-store and level-session-store do. */
class WritingTouch extends session.MemoryStore {
  override touch(id: string, copy: SessionData, callback?: () => void): void {
    session.MemoryStore.prototype.set.call(this, id, copy, callback)
  }
}

const HOUR_MS = 3_600_000
const cookie = { originalMaxAge: HOUR_MS, expires: new Date(Date.now() + HOUR_MS), path: '/' }

let store: Store
let tap: Tap

const ends = (run: (done: () => void) => void) => new Promise<void>((resolve) => run(resolve))
const inStore = () =>
  new Promise<Record<string, unknown> | null | undefined>((resolve) =>
    store.get('id', (_error, data) => resolve(data as never))
  )
/** A request's copy of the session, as express-session loads it. */
const load = () =>
  new Promise<Session & Record<string, unknown>>((resolve) =>
    store.get('id', (_error, data) =>
      resolve(store.createSession({ sessionID: 'id', sessionStore: store } as never, data as never) as never)
    )
  )
const touch = (copy: Session) => ends((done) => store.touch?.('id', copy, done))
const save = (copy: Session) => ends((done) => store.set('id', copy, done))
const operations = () => tap.calls.map(({ operation }) => operation)

beforeEach(async () => {
  store = new WritingTouch()
  tap = tapStore(store)
  guardOf(store)
  await ends((done) => store.set('id', { cookie, user: 'ada' } as never, done))
  tap.calls.length = 0
})

afterEach(() => {
  jest.useRealTimers()
})

/** Holds up the next call of a kind on its way to the store. */
function holdNext(operation: string): Gate {
  const gate = createGate()
  tap.hold = (call) => {
    if (call.operation !== operation) return undefined
    tap.hold = () => undefined
    return gate.pass()
  }
  return gate
}

test('a touch with what the store holds is passed on, and costs nothing more', async () => {
  await touch(await load())
  expect(operations()).toEqual(['get', 'touch'])
})

test('a touch after a logout brings nothing back, and is answered', async () => {
  const copy = await load()
  await ends((done) => store.destroy('id', done))
  await touch(copy)
  expect(await inStore()).toBeFalsy()
})

test('a touch after all sessions were cleared brings nothing back', async () => {
  const copy = await load()
  await ends((done) => store.clear?.(done))
  await touch(copy)
  expect(await inStore()).toBeFalsy()
})

test('a touch after another request has written keeps that, and gives the session the lifetime of its own request', async () => {
  const [copy, other] = [await load(), await load()]
  await save(Object.assign(other, { cart: 'full' }))
  copy.cookie.maxAge = 10 * HOUR_MS
  await touch(copy)
  expect(await inStore()).toMatchObject({ cart: 'full', cookie: { originalMaxAge: 10 * HOUR_MS } })
})

test('a store whose touch throws has its error passed to the callback', async () => {
  store = new session.MemoryStore()
  store.touch = () => {
    throw new Error('no touch')
  }
  guardOf(store)
  await save({ cookie, user: 'ada' } as never)
  const [copy, other] = [await load(), await load()]
  await save(Object.assign(other, { cart: 'full' }))
  const answer = new Promise((resolve) => store.touch?.('id', copy, resolve as never))
  expect(await answer).toEqual(new Error('no touch'))
})

test('a touch with an old copy writes nothing to a store that touches as it should', async () => {
  store = new session.MemoryStore()
  tap = tapStore(store)
  guardOf(store)
  await save({ cookie, user: 'ada' } as never)
  await quiet(tap)
  const [copy, other] = [await load(), await load()]
  await save(Object.assign(other, { cart: 'full' }))
  await quiet(tap)
  tap.calls.length = 0
  await touch(copy)
  expect(operations()).toEqual(['get', 'touch'])
})

test('a request that has saved its own copy touches it as before', async () => {
  const copy = await load()
  await save(Object.assign(copy, { cart: 'full' }))
  tap.calls.length = 0
  await touch(copy)
  expect(operations()).toEqual(['touch'])
  expect(await inStore()).toMatchObject({ cart: 'full' })
})

test('a copy that was read while a change was on its way counts as older than it', async () => {
  const other = await load()
  const gate = holdNext('set')
  const saved = save(Object.assign(other, { cart: 'full' }))
  await gate.reached
  const copy = await load()
  gate.open()
  await saved
  await touch(copy)
  expect(await inStore()).toMatchObject({ cart: 'full' })
})

test.each(['destroy', 'clear'] as const)('a %s waits for a touch that is on its way', async (operation) => {
  const gate = holdNext('touch')
  const touched = touch(await load())
  await gate.reached
  const ended = ends((done) => (operation === 'clear' ? store.clear?.(done) : store.destroy('id', done)))
  gate.open()
  await Promise.all([touched, ended])
  await quiet(tap)
  expect(operations()).toEqual(['get', 'touch', operation])
  expect(await inStore()).toBeFalsy()
})

test('what another request writes waits for a touch that is on its way', async () => {
  const [copy, other] = [await load(), await load()]
  const gate = holdNext('touch')
  const touched = touch(copy)
  await gate.reached
  const saved = save(Object.assign(other, { cart: 'full' }))
  gate.open()
  await Promise.all([touched, saved])
  expect(await inStore()).toMatchObject({ cart: 'full' })
})

test.each([
  ['the session', (copy: object) => copy],
  ['what it has read', (_copy: object, data: object) => data]
])('a touch that sets %s by its own `set` does not wait for itself', async (_name, chosen) => {
  store = new session.MemoryStore()
  const calls: string[] = []
  store.touch = (id, copy, callback) => {
    store.get(id, (_error, data) => {
      calls.push('set')
      store.set(id, chosen(copy, Object(data)) as never, callback)
    })
  }
  guardOf(store)
  await save({ cookie, user: 'ada' } as never)
  await new Promise(setImmediate)
  const copy = await load()
  // Nobody gives up waiting.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  await touch(copy)
  expect(calls).toEqual(['set'])
})
