// The store guard on a MemoryStore: which calls it waits for, which it delays, and how long it waits for a store that hangs.
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

/** Amends the session; resolves with the fresh copy that the amendment is given. */
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

/** Delays the next call of this operation before it reaches the store. */
function holdNext(operation: string) {
  const gate = createGate()
  tap.hold = (call) => {
    if (call.operation !== operation) return undefined
    tap.hold = () => undefined
    return gate.pass()
  }
  return gate
}

test('an amendment waits for a write in progress', async () => {
  const gate = holdNext('set')
  const changed = put({ cart: 1 })
  const amended = amend()
  await gate.reached
  gate.open()
  await changed
  expect(await amended).toMatchObject({ cart: 1 })
})

/** Destroys the session, by itself or with all others. */
const endSession = (operation: 'destroy' | 'clear') =>
  ends((done) => (operation === 'clear' ? store.clear?.(done) : store.destroy('id', done)))

test.each(['destroy', 'clear'] as const)(
  'an amendment waits for a %s in progress, and then writes nothing',
  async (operation) => {
    const gate = holdNext(operation)
    const destroyed = endSession(operation)
    const amendment = jest.fn(() => true)
    void guardOf(store).amend('id', amendment)
    await gate.reached
    // Enough turns for a read that does not wait.
    for (let turns = 0; turns < 3; turns += 1) await new Promise(setImmediate)
    gate.open()
    await destroyed
    while (tap.inFlight > 0) await new Promise(setImmediate)
    await new Promise(setImmediate)
    expect(amendment).not.toHaveBeenCalled()
    expect(await get()).toBeUndefined()
  }
)

test('an amendment does not overtake a logout that takes the store seconds', async () => {
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
  ['again and again', 5, false]
])(
  'a session that other requests change %s during the reads is read three times at most',
  async (_name, changes, isWritten) => {
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
  }
)

test('a read that was answered before the machine slept is repeated: a session destroyed meanwhile stays destroyed', async () => {
  // Only the clock is faked, not the timers: a sleeping machine runs no timers.
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'setTimeout', 'clearTimeout'] })
  let reads = 0
  tap.hold = ({ operation }, leg) => {
    if (operation !== 'get' || leg !== 'answered') return undefined
    reads += 1
    if (reads > 1) return undefined
    jest.setSystemTime(Date.now() + 60_000)
    // Deleted past the guard, as by another process.
    delete (store as unknown as { sessions: Record<string, string> }).sessions['id']
    return Promise.resolve()
  }
  const amendment = jest.fn(() => true)
  await guardOf(store).amend('id', amendment)
  expect({ reads, amended: amendment.mock.calls.length }).toEqual({ reads: 2, amended: 0 })
  expect(await get()).toBeUndefined()
})

test('after a read that the store never answers, the session can be amended again', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  holdNext('get')
  void guardOf(store).amend('id', () => true)
  await jest.advanceTimersByTimeAsync(1000)
  expect(await amend()).toMatchObject({ user: 'ada' })
})

describe('while a write of the guard is in progress', () => {
  test.each(['destroy', 'clear'] as const)('%s reaches the store after it', async (operation) => {
    const gate = holdNext('set')
    await amend()
    await gate.reached
    const ended = endSession(operation)
    gate.open()
    await ended
    expect(await get()).toBeUndefined()
  })

  test('writes of the app keep their order', async () => {
    const gate = holdNext('set')
    await amend()
    await gate.reached
    const all = [put({ cart: 1 }), put({ cart: 2 }), put({ cart: 3 })]
    gate.open()
    await Promise.all(all)
    expect(await get()).toMatchObject({ cart: 3 })
  })

  test('a callback that throws is called once', async () => {
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

  test('a call of the app is delayed by one second at most when the store hangs', async () => {
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

test('two simultaneous amendments of a session share one write, and both entries are kept', async () => {
  const before = tap.calls.length
  await Promise.all([amend('one'), amend('two')])
  await new Promise(setImmediate)
  expect(tap.calls.slice(before).filter(({ operation }) => operation === 'set')).toHaveLength(1)
  expect(await get()).toMatchObject({ one: true, two: true })
})

test('a store has one guard, and its methods are wrapped once', () => {
  const { set } = store
  expect(guardOf(store)).toBe(guardOf(store))
  expect(store.set).toBe(set)
})

test('the guard is stored under a global symbol, where another copy of this package finds it', () => {
  const guard = Symbol.for('express-hubspot-identification:store-guard:1')
  expect(Reflect.get(store, guard)).toBe(guardOf(store))
})

test('an amendment waits one second for a write that gives neither callback nor promise', async () => {
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

test('an amendment waits for a write until its promise settles', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  const gate = holdNext('set')
  store.set('id', { ...data, cart: 1 } as never)
  const amended = amend()
  await jest.advanceTimersByTimeAsync(1500)
  await new Promise(setImmediate)
  gate.open()
  expect(await amended).toMatchObject({ cart: 1 })
})

test('a call that the store throws at does not delay amendments', async () => {
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

test('a finished write leaves no timer', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  await put()
  await new Promise(setImmediate)
  expect(jest.getTimerCount()).toBe(0)
})

test('calls whose callback is never called are forgotten after ten seconds, and the session can be amended again', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] })
  tap.hold = ({ operation }) => (operation === 'destroy' ? new Promise(() => undefined) : undefined)
  for (let count = 0; count < 1000; count += 1) store.destroy(`id${count % 10}`, () => undefined)
  store.destroy('id', () => undefined)
  expect(jest.getTimerCount()).toBe(1001)
  await jest.advanceTimersByTimeAsync(10_000)
  expect(jest.getTimerCount()).toBe(0)
  expect(await amend()).toMatchObject({ user: 'ada' })
})
