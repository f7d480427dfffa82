// The cache of visitors by visitorKey: for how long, for how many keys, and which results are not cached.
import { describe, expect, test } from '@jest/globals'
import { createRememberedVisitors } from '../../lib/visitor/remembered-visitors.js'
import type { Found } from '../../lib/visitor/visitor.js'

const MINUTE_MS = 60 * 1000
const ANN: Found = { email: 'ann@example.com' }
const BOB: Found = { email: 'bob@example.com' }

/** A request: its key, and the visitor that the app will give for it. */
type Waiting = { key: string; is: Found }

function remember(maxEntries?: number) {
  const clock = { nowMs: 1_000_000_000 }
  const asked: Waiting[] = []
  const answers: { resolve(found: Found): void; reject(thrown: unknown): void }[] = []
  const visitors = createRememberedVisitors<Waiting>({
    ask(waiting) {
      asked.push(waiting)
      return new Promise((resolve, reject) => answers.push({ resolve, reject }))
    },
    hasKey: (waiting, key) => waiting.key === key,
    nowMs: () => clock.nowMs,
    ...(maxEntries === undefined ? {} : { maxEntries })
  })
  /** Asks for a key, and has the app answer at once. */
  async function learn(key: string, is: Found): Promise<Found> {
    const answer = visitors.ask(key, { key, is })
    answers.at(-1)?.resolve(is)
    return answer
  }
  return { ...visitors, clock, asked, answers, learn }
}

describe('a result', () => {
  test('is cached for five minutes', async () => {
    const { peek, learn, clock } = remember()
    expect(peek('1')).toBeUndefined()
    expect(await learn('1', ANN)).toEqual(ANN)
    clock.nowMs += 5 * MINUTE_MS - 1
    expect(peek('1')).toEqual(ANN)
    clock.nowMs += 1
    expect(peek('1')).toBeUndefined()
  })

  test('expires five minutes after it came, however often it is read', async () => {
    const { peek, learn, clock } = remember()
    await learn('1', ANN)
    for (let minute = 0; minute < 5; minute += 1) {
      expect(peek('1')).toEqual(ANN)
      clock.nowMs += MINUTE_MS
    }
    expect(peek('1')).toBeUndefined()
  })

  test('is dropped if the clock is set back', async () => {
    const { peek, learn, clock } = remember()
    await learn('1', ANN)
    clock.nowMs -= 1
    expect(peek('1')).toBeUndefined()
  })

  test.each<[string, Found]>([
    ['nobody', { reason: 'no-user' }],
    ['a user without an address', { reason: 'no-email' }],
    ['an unverified address', { reason: 'unverified', detail: 'emailVerified' }]
  ])('that is %s is cached as well', async (_name, found) => {
    const { peek, learn } = remember()
    await learn('1', found)
    expect(peek('1')).toEqual(found)
  })

  test('that is an invalid visitor is given, but not cached', async () => {
    const { peek, learn } = remember()
    expect(await learn('1', { reason: 'invalid-visitor' })).toEqual({ reason: 'invalid-visitor' })
    expect(peek('1')).toBeUndefined()
  })

  test('that is a failure is given to all that wait, but not cached', async () => {
    const { ask, peek, learn, answers, asked } = remember()
    const waiting = [ask('1', { key: '1', is: ANN }), ask('1', { key: '1', is: ANN })]
    answers[0]?.reject(new Error('of the provider'))
    for (const answer of waiting) await expect(answer).rejects.toThrow('of the provider')
    expect(peek('1')).toBeUndefined()
    expect(await learn('1', ANN)).toEqual(ANN)
    expect(asked).toHaveLength(2)
  })
})

describe('a concurrent request', () => {
  test('shares the result of the same key', async () => {
    const { ask, asked, answers } = remember()
    const ann = Array.from({ length: 30 }, () => ask('1', { key: '1', is: ANN }))
    const bob = ask('2', { key: '2', is: BOB })
    answers[0]?.resolve(ANN)
    answers[1]?.resolve(BOB)
    expect(new Set(await Promise.all(ann))).toEqual(new Set([ANN]))
    expect(await bob).toEqual(BOB)
    expect(asked).toHaveLength(2)
  })

  test('is used instead of one whose key has changed meanwhile', async () => {
    const { ask, asked, answers, peek } = remember()
    const leaving = { key: '1', is: ANN }
    const staying = { key: '1', is: ANN }
    const answer = ask('1', leaving)
    void ask('1', staying)
    leaving.key = '2'
    answers[0]?.resolve(BOB)
    while (answers.length < 2) await Promise.resolve()
    answers[1]?.resolve(ANN)
    expect(await answer).toEqual(ANN)
    expect(asked).toEqual([leaving, staying])
    expect(peek('1')).toEqual(ANN)
  })

  test('gets a result also if all keys have changed, and nothing is cached', async () => {
    const { ask, answers, peek } = remember()
    const leaving = { key: '1', is: ANN }
    const answer = ask('1', leaving)
    leaving.key = '2'
    answers[0]?.resolve(BOB)
    expect(await answer).toEqual(BOB)
    expect([peek('1'), peek('2')]).toEqual([undefined, undefined])
  })

  test('does not wait for ever for a call that never ends', async () => {
    const { ask, learn, asked, clock } = remember()
    void ask('1', { key: '1', is: ANN })
    clock.nowMs += 10_000
    expect(await learn('1', ANN)).toEqual(ANN)
    expect(asked).toHaveLength(2)
  })
})

describe('the cache', () => {
  test('has a maximum of keys, and drops the least recently used', async () => {
    const { peek, learn } = remember(3)
    for (const key of ['1', '2', '3']) await learn(key, ANN)
    peek('1')
    await learn('4', ANN)
    expect(['1', '2', '3', '4'].filter((key) => peek(key))).toEqual(['1', '3', '4'])
  })

  test('has ten thousand keys by default', async () => {
    const { peek, learn } = remember()
    for (let key = 0; key <= 10_000; key += 1) await learn(String(key), ANN)
    expect([peek('0'), peek('1'), peek('10000')]).toEqual([undefined, ANN, ANN])
  })

  test('drops an address under all its keys, and no other', async () => {
    const { peek, learn, forget } = remember()
    await learn('1', ANN)
    await learn('2', BOB)
    await learn('3', ANN)
    await learn('4', { reason: 'no-user' })
    forget(ANN.email)
    expect(['1', '2', '3', '4'].filter((key) => peek(key))).toEqual(['2', '4'])
  })

  test('does not keep the result of a call that was running when an address was dropped', async () => {
    const { ask, peek, learn, forget, answers } = remember()
    const before = ask('1', { key: '1', is: ANN })
    forget(ANN.email)
    answers[0]?.resolve(ANN)
    expect(await before).toEqual(ANN)
    expect(peek('1')).toBeUndefined()
    await learn('1', ANN)
    expect(peek('1')).toEqual(ANN)
  })
})
