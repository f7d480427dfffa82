// forget(visitor): drops the tokens of an address from memory and the shared store; the result of a running mint is not kept.
import { setTimeout as later } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Request } from 'express'
import supertest from 'supertest'
import { HubSpotIdentificationError, hubspotIdentification, visitorFrom } from '../../lib/index.js'
import { createGate, settlesSoon } from '../session-races/waiting.js'
import { asUser, createApp, EXPRESS_MAJORS } from '../support/create-app.js'

const ANN = { email: 'ann@example.com' }
const BOB = { email: 'bob@example.com' }

/** A store whose calls can be delayed, or made to fail. */
function createStore() {
  const values = new Map<string, unknown>()
  const store = {
    values,
    beforeSet: async (): Promise<void> => {},
    beforeDelete: async (): Promise<void> => {},
    get: (key: string) => values.get(key),
    async set(key: string, value: unknown) {
      await store.beforeSet()
      values.set(key, value)
    },
    async delete(key: string) {
      await store.beforeDelete()
      values.delete(key)
    }
  }
  return store
}

describe.each(EXPRESS_MAJORS)('forget() in $major', ({ express }) => {
  test('causes a new mint for the next page of that address, and not for other addresses', async () => {
    const { app, identification, hubspot } = await createApp({
      express,
      session: false,
      before: (each) => each.use((req, res, next) => asUser({ email: req.get('x-user') })(req, res, next))
    })
    const view = async ({ email }: { email: string }) => (await supertest(app).get('/view').set('x-user', email)).body
    const before = { ann: await view(ANN), bob: await view(BOB) }
    await expect(identification.forget({ email: ' ann@example.com ' })).resolves.toBeUndefined()
    const after = { ann: await view(ANN), bob: await view(BOB) }
    expect(after.ann).toMatchObject({ identified: true, email: ANN.email })
    expect(after.ann.token).not.toBe(before.ann.token)
    expect(after.ann.snippet).toContain(after.ann.token)
    expect(after.bob.token).toBe(before.bob.token)
    expect(hubspot.requests).toHaveLength(3)
  })

  test('the token of a running mint is neither shown nor kept', async () => {
    const store = createStore()
    const { app, identification, hubspot } = await createApp({
      express,
      session: false,
      options: { cache: { store } },
      before: (each) => each.use(asUser(ANN))
    })
    hubspot.respondWith({ delayMs: 100 })
    const waiting = supertest(app)
      .get('/view')
      .then(({ body }) => body)
    while (hubspot.requests.length === 0) await later(1)
    await identification.forget(ANN)
    expect(await waiting).toMatchObject({ identified: false, reason: 'changed' })
    expect([...store.values.values()]).toEqual([])
    expect((await supertest(app).get('/view')).body).toMatchObject({ identified: true })
    expect(hubspot.requests).toHaveLength(2)
  })

  test('a later request does not share a mint that began before it', async () => {
    const { identification, hubspot } = await createApp({ express })
    hubspot.respondWith({ delayMs: 100 }, { delayMs: 300 })
    const early = identification.identify(ANN)
    while (hubspot.requests.length === 0) await later(1)
    await identification.forget(ANN)
    const fresh = identification.identify(ANN)
    const { token } = await early
    // The end of the first mint does not end the second one, which is still shared.
    const shared = await identification.identify(ANN)
    expect(shared.token).not.toBe(token)
    expect((await fresh).token).toBe(shared.token)
    expect(hubspot.requests).toHaveLength(2)
  })

  test('a visitor who is held back is released', async () => {
    const { identification, hubspot } = await createApp({ express })
    hubspot.respondWith({ status: 400 })
    await expect(identification.identify(ANN)).rejects.toMatchObject({ code: 'ERR_REJECTED' })
    await identification.forget(ANN)
    expect(await identification.identify(ANN)).toMatchObject(ANN)
  })

  test('a visitor cached by visitorKey is asked for again', async () => {
    const asked: string[] = []
    const { app, identification } = await createApp({
      express,
      session: false,
      before: (each) => each.use(asUser(ANN)),
      options: {
        visitorKey: () => 'ann',
        visitor: async (req: Request) => {
          asked.push('ann')
          return visitorFrom(req.user)
        }
      }
    })
    for (const forget of [false, false, true]) {
      if (forget) await identification.forget(ANN)
      await supertest(app).get('/view')
    }
    expect(asked).toHaveLength(2)
  })
})

describe('in a shared store', () => {
  test('the tokens of the address are deleted, for each context that this process knows', async () => {
    const store = createStore()
    const { identification } = await createApp({ options: { cache: { store } } })
    await identification.identify(ANN)
    await identification.identify({ ...ANN, customerAgentContext: { plan: 'gold' } })
    await identification.identify(BOB)
    await identification.settled()
    expect(store.values.size).toBe(3)
    await identification.forget(ANN)
    expect([...store.values.values()]).toEqual([expect.objectContaining(BOB)])
  })

  test('the token is deleted even if this process has never seen the visitor', async () => {
    const store = createStore()
    const first = await createApp({ options: { cache: { store }, account: 'one' } })
    await first.identification.identify(ANN)
    await first.identification.settled()
    const second = hubspotIdentification({
      accessToken: 'another',
      account: 'one',
      baseUrl: first.hubspot.url,
      cache: { store }
    })
    await second.forget(ANN)
    expect(store.values.size).toBe(0)
  })

  test('a running write is awaited before the deletion', async () => {
    const store = createStore()
    const write = createGate()
    store.beforeSet = () => write.pass()
    const { identification } = await createApp({ options: { cache: { store } } })
    await identification.identify(ANN)
    await write.reached
    let isDeleting = false
    store.beforeDelete = async () => {
      isDeleting = true
    }
    const forgotten = identification.forget(ANN)
    expect(await settlesSoon(forgotten)).toBe(false)
    expect(isDeleting).toBe(false)
    write.open()
    await forgotten
    await identification.settled()
    expect(store.values.size).toBe(0)
  })

  test('a token that a page reads from the store meanwhile is not kept', async () => {
    const store = createStore()
    const deletion = createGate()
    const { identification, hubspot } = await createApp({ options: { cache: { store } } })
    const { token } = await identification.identify(ANN)
    await identification.settled()
    store.beforeDelete = () => deletion.pass()
    const forgotten = identification.forget(ANN)
    await deletion.reached
    expect((await identification.identify(ANN)).token).toBe(token)
    deletion.open()
    await forgotten
    expect((await identification.identify(ANN)).token).not.toBe(token)
    expect(hubspot.requests).toHaveLength(2)
  })

  test('that fails makes it reject, after the memory was cleared', async () => {
    const store = createStore()
    store.beforeDelete = () => Promise.reject(new Error(ANN.email))
    const { identification, errors } = await createApp({ options: { cache: { store } } })
    const { token } = await identification.identify(ANN)
    store.values.clear()
    const error: unknown = await identification.forget(ANN).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(HubSpotIdentificationError)
    expect(error).toMatchObject({ code: 'ERR_CACHE_STORE', retryable: true, hint: expect.stringContaining('again') })
    expect(String(error)).not.toContain(ANN.email)
    expect(errors.map(({ code }) => code)).toEqual(['ERR_CACHE_STORE'])
    expect((await identification.identify(ANN)).token).not.toBe(token)
  })
})

describe('the argument', () => {
  const throwing = {
    get email() {
      throw new Error('secret')
    }
  }

  test.each<[string, unknown]>([
    ['null', null],
    ['undefined', undefined],
    ['text', 'ann@example.com'],
    ['no address', {}],
    ['a malformed address', { email: 'secret' }],
    ['a getter that throws', throwing]
  ])('%s is refused', async (_name, given) => {
    const { identification } = await createApp()
    const error: unknown = await identification.forget(given as never).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(HubSpotIdentificationError)
    expect(error).toMatchObject({ code: 'ERR_VISITOR_INVALID', hint: expect.stringContaining('forget({ email })') })
    expect(String(error)).not.toContain('secret')
  })

  test('may be a user whose address is not verified any more', async () => {
    const { identification, hubspot } = await createApp()
    await identification.identify(ANN)
    await identification.forget({ ...ANN, emailVerified: false } as never)
    await identification.identify(ANN)
    expect(hubspot.requests).toHaveLength(2)
  })
})
