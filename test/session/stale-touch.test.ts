// A `touch` with an old copy of a session: a store that writes the whole session in `touch` would bring back a destroyed session or
// undo the write of another request.
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import session, { type Session, type SessionData, type Store } from 'express-session'
import { guardOf } from '../../lib/session/store-guard.js'
import { createGate, type Gate, quiet } from '../session-races/waiting.js'
import { type Tap, tapStore } from '../support/tapped-store.js'

/** A store whose `touch` writes the request's copy of the session, as in session-memory-store and level-session-store. */
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

/** Delays the next call of this operation before it reaches the store. */
function holdNext(operation: string): Gate {
  const gate = createGate()
  tap.hold = (call) => {
    if (call.operation !== operation) return undefined
    tap.hold = () => undefined
    return gate.pass()
  }
  return gate
}

test('a touch with an up-to-date copy is passed on without a further store call', async () => {
  await touch(await load())
  expect(operations()).toEqual(['get', 'touch'])
})

test('a touch after a logout does not bring the session back, and its callback is called', async () => {
  const copy = await load()
  await ends((done) => store.destroy('id', done))
  await touch(copy)
  expect(await inStore()).toBeFalsy()
})

test('a touch after `clear` does not bring the session back', async () => {
  const copy = await load()
  await ends((done) => store.clear?.(done))
  await touch(copy)
  expect(await inStore()).toBeFalsy()
})

test('a touch after the write of another request keeps that write, and sets the lifetime of its own request', async () => {
  const [copy, other] = [await load(), await load()]
  await save(Object.assign(other, { cart: 'full' }))
  copy.cookie.maxAge = 10 * HOUR_MS
  await touch(copy)
  expect(await inStore()).toMatchObject({ cart: 'full', cookie: { originalMaxAge: 10 * HOUR_MS } })
})

test('with an old copy, an error that the touch of the store throws is passed to the callback', async () => {
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

test('a touch with an old copy causes no `set` on a store whose touch does not write', async () => {
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

test('a touch by the request that wrote last is passed on without a read', async () => {
  const copy = await load()
  await save(Object.assign(copy, { cart: 'full' }))
  tap.calls.length = 0
  await touch(copy)
  expect(operations()).toEqual(['touch'])
  expect(await inStore()).toMatchObject({ cart: 'full' })
})

test('a copy that was read while a write was in progress counts as old', async () => {
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

test.each(['destroy', 'clear'] as const)('a %s waits for a touch in progress', async (operation) => {
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

test('a write of another request waits for a touch in progress', async () => {
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
  ['the data that it has read', (_copy: object, data: object) => data]
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
  // Fake timers: the limit on waiting cannot end a wait of the `set` for its own touch.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  await touch(copy)
  expect(calls).toEqual(['set'])
})

test('a touch whose callback is never called delays no change after ten seconds', async () => {
  const copy = await load()
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  tap.hold = ({ operation }) => (operation === 'touch' ? new Promise(() => undefined) : undefined)
  store.touch?.('id', copy, () => undefined)
  await jest.advanceTimersByTimeAsync(10_000)
  store.destroy('id', () => undefined)
  await new Promise(setImmediate)
  expect(operations()).toEqual(['get', 'touch', 'destroy'])
})
