// The guard by itself, on a MemoryStore: what it waits for, what it holds up, and that a hanging store is forgotten.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import session, { type SessionData, type Store } from 'express-session'
import { guardOf } from '../../lib/session/store-guard.js'
import { createGate, quiet } from '../session-races/waiting.js'
import { type Tap, tapStore } from '../support/tapped-store.js'

let store: Store
let tap: Tap
const data = { cookie: { originalMaxAge: null }, user: 'ada' } as unknown as SessionData
const put = (changes: object = {}) =>
  new Promise((resolve) => store.set('id', { ...data, ...changes } as never, resolve))
const get = () =>
  new Promise<Record<string, unknown>>((resolve) => store.get('id', (_error, found) => resolve(found as never)))
const ends = (run: (done: () => void) => void) => new Promise<void>((resolve) => run(resolve))

/** Amends the session and tells when the amendment was asked for. */
function amend(key = 'ours'): Promise<Record<string, unknown>> {
  return new Promise((resolve) => {
    void guardOf(store).amend('id', (fresh) => {
      resolve({ ...fresh })
      Object.assign(fresh, { [key]: true })
      return true
    })
  })
}

beforeEach(async () => {
  store = new session.MemoryStore()
  tap = tapStore(store)
  guardOf(store)
  await put()
})
afterEach(() => {
  jest.useRealTimers()
})

/** Holds up the next call of a kind on its way to the store. */
function holdNext(operation: string) {
  const gate = createGate()
  tap.hold = (call) => {
    if (call.operation !== operation) return undefined
    tap.hold = () => undefined
    return gate.pass()
  }
  return gate
}

test('a change that is on its way when we come is waited for', async () => {
  const gate = holdNext('set')
  const changed = put({ cart: 1 })
  const amended = amend()
  await gate.reached
  gate.open()
  await changed
  expect(await amended).toMatchObject({ cart: 1 })
})

/** Ends one session, or all of them. */
const endSession = (operation: 'destroy' | 'clear') =>
  ends((done) => (operation === 'clear' ? store.clear?.(done) : store.destroy('id', done)))

test.each(['destroy', 'clear'] as const)(
  'a %s that is on its way when we come leaves nothing to write',
  async (operation) => {
    const gate = holdNext(operation)
    const destroyed = endSession(operation)
    const amendment = jest.fn(() => true)
    void guardOf(store).amend('id', amendment)
    await gate.reached
    // Time enough for a read that would not wait.
    for (let turns = 0; turns < 3; turns += 1) await new Promise(setImmediate)
    gate.open()
    await destroyed
    while (tap.inFlight > 0) await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(amendment).not.toHaveBeenCalled()
    expect(await get()).toBeUndefined()
  }
)

test('a logout that the store takes seconds for is not overtaken', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  tap.hold = ({ operation }) => (operation === 'destroy' ? new Promise(() => undefined) : undefined)
  store.destroy('id', () => undefined)
  const amendment = jest.fn(() => true)
  void guardOf(store).amend('id', amendment)
  for (let second = 1; second <= 5; second += 1) {
    await jest.advanceTimersByTimeAsync(1000)
    await new Promise(setImmediate)
  }
  expect(amendment).not.toHaveBeenCalled()
})

test.each([
  ['twice', 2, true],
  ['on and on', 5, false]
])('a session that others change %s meanwhile is read three times at most', async (_name, changes, isWritten) => {
  let reads = 0
  tap.hold = ({ operation }, leg) => {
    if (operation !== 'get' || leg !== 'answered') return undefined
    reads += 1
    return reads <= changes ? put({ reads }) : undefined
  }
  void guardOf(store).amend('id', (fresh) => Boolean(Object.assign(fresh, { ours: true })))
  await quiet(tap)
  expect(reads).toBe(3)
  tap.hold = () => undefined
  expect('ours' in (await get())).toBe(isWritten)
})

test('an answer that waited while the machine slept is asked for again: a session that ended meanwhile stays ended', async () => {
  // Only the time of day moves on.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'setTimeout', 'clearTimeout'] })
  let reads = 0
  tap.hold = ({ operation }, leg) => {
    if (operation !== 'get' || leg !== 'answered') return undefined
    reads += 1
    if (reads > 1) return undefined
    jest.setSystemTime(Date.now() + 60_000)
    // As another process does it, of which the guard knows nothing.
    delete (store as unknown as { sessions: Record<string, string> }).sessions['id']
    return Promise.resolve()
  }
  const amendment = jest.fn(() => true)
  await guardOf(store).amend('id', amendment)
  expect({ reads, amended: amendment.mock.calls.length }).toEqual({ reads: 2, amended: 0 })
  expect(await get()).toBeUndefined()
})

test('a read that the store never answers does not end the amending of this session', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  holdNext('get')
  void guardOf(store).amend('id', () => true)
  await jest.advanceTimersByTimeAsync(1000)
  expect(await amend()).toMatchObject({ user: 'ada' })
})

describe('while our write is on its way', () => {
  test.each(['destroy', 'clear'] as const)('%s comes after it', async (operation) => {
    const gate = holdNext('set')
    await amend()
    await gate.reached
    const ended = endSession(operation)
    gate.open()
    await ended
    expect(await get()).toBeUndefined()
  })

  test('changes keep their order', async () => {
    const gate = holdNext('set')
    await amend()
    await gate.reached
    const all = [put({ cart: 1 }), put({ cart: 2 }), put({ cart: 3 })]
    gate.open()
    await Promise.all(all)
    expect(await get()).toMatchObject({ cart: 3 })
  })

  test('a callback of the app that throws is called once', async () => {
    const gate = holdNext('set')
    await amend()
    await gate.reached
    const callback = jest.fn(() => {
      throw new Error('of the app')
    })
    const destroyed = store.destroy('id', callback) as unknown
    gate.open()
    await expect(destroyed).rejects.toThrow('of the app')
    expect(callback).toHaveBeenCalledTimes(1)
  })

  test('a store that hangs holds nobody up for longer than a second', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
    const gate = holdNext('set')
    await amend()
    await gate.reached
    const destroyed = ends((done) => store.destroy('id', done))
    await jest.advanceTimersByTimeAsync(1000)
    await destroyed
    expect(await get()).toBeUndefined()
  })
})

test('two that amend the same session share a write and keep both entries', async () => {
  const before = tap.calls.length
  await Promise.all([amend('one'), amend('two')])
  await new Promise(setImmediate)
  expect(tap.calls.slice(before).filter(({ operation }) => operation === 'set')).toHaveLength(1)
  expect(await get()).toMatchObject({ one: true, two: true })
})

test('a store has one guard, whoever asks', () => {
  const { set } = store
  expect(guardOf(store)).toBe(guardOf(store))
  expect(store.set).toBe(set)
})

test('another copy of this package finds the guard of a store', () => {
  const guard = Symbol.for('express-hubspot-identification:store-guard:1')
  expect(Reflect.get(store, guard)).toBe(guardOf(store))
})

test('a change without callback or promise is given the time a store may take', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  const quietStore = new session.MemoryStore()
  const guard = guardOf(quietStore)
  quietStore.set('id', data as never)
  const amendment = jest.fn(() => false)
  void guard.amend('id', amendment)
  await new Promise(setImmediate)
  expect(amendment).not.toHaveBeenCalled()
  await jest.advanceTimersByTimeAsync(1000)
  await new Promise(setImmediate)
  expect(amendment).toHaveBeenCalledTimes(1)
})

test('a change that gives a promise is waited for until that settles', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  const gate = holdNext('set')
  store.set('id', { ...data, cart: 1 } as never)
  const amended = amend()
  await jest.advanceTimersByTimeAsync(1500)
  await new Promise(setImmediate)
  gate.open()
  expect(await amended).toMatchObject({ cart: 1 })
})

test('a change that the store throws at holds up no amending', async () => {
  store = Object.assign(new session.MemoryStore(), {
    destroy: () => {
      throw new Error('of the store')
    }
  })
  guardOf(store)
  await put()
  expect(() => store.destroy('id')).toThrow('of the store')
  expect(await amend()).toMatchObject({ user: 'ada' })
})

test('a change that has ended leaves no timer behind', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  await put()
  await new Promise(setImmediate)
  expect(jest.getTimerCount()).toBe(0)
})

test('changes whose callback never comes are forgotten, and the session is amended again', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  tap.hold = ({ operation }) => (operation === 'destroy' ? new Promise(() => undefined) : undefined)
  for (let count = 0; count < 1000; count += 1) store.destroy(`id${count % 10}`, () => undefined)
  store.destroy('id', () => undefined)
  expect(jest.getTimerCount()).toBe(1001)
  await jest.advanceTimersByTimeAsync(10_000)
  expect(jest.getTimerCount()).toBe(0)
  expect(await amend()).toMatchObject({ user: 'ada' })
})
