// The view as an object, also when an app has frozen it: its values, what logs show, and that it cannot be changed.
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import express5, { type Request, type Response } from 'express'
import Handlebars from 'handlebars'
import supertest from 'supertest'
import { asUser, createApp, EXPRESS_MAJORS, readView } from '../support/create-app.js'

const ANN = { email: 'ann@example.com' }
const SHOWN = ['identified', 'reason', 'expiresAt']
const OWN = [...SHOWN, 'email', 'token', 'settings', 'json', 'snippet']
const NOBODY = { identified: false, reason: 'changed', settings: {}, json: '{}', snippet: '' }

const FIXINGS: [string, (value: object) => unknown][] = [
  ['Object.freeze', Object.freeze],
  ['Object.seal', Object.seal],
  ['Object.preventExtensions', Object.preventExtensions]
]

/** Serves one page to this user, or without a user; gives what `look` returned. */
async function look<T>(user: object | undefined, look: (res: Response, req: Request) => T, express = express5) {
  const seen: T[] = []
  const { app } = await createApp({
    express,
    session: false,
    before: (app) => app.use(asUser(user)),
    routes: (app) => {
      app.get('/', (req, res) => {
        seen.push(look(res, req))
        res.json({})
      })
    }
  })
  await supertest(app).get('/').expect(200)
  return seen[0] as T
}

/** As libraries and the example of MDN do it. */
function deepFreeze(value: object): void {
  for (const key of Reflect.ownKeys(value)) {
    const inner: unknown = Reflect.get(value, key)
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) deepFreeze(inner)
  }
  Object.freeze(value)
}

/** All that a log or an error page might print of the locals. */
function dumpsOf(locals: object): string {
  return [
    JSON.stringify(locals),
    inspect(locals),
    inspect(locals, { depth: 9, showHidden: true }),
    inspect(locals, { depth: 9, getters: true }),
    inspect(locals, { depth: 9, showHidden: true, getters: true }),
    inspect(locals, { depth: 9, showHidden: true, getters: true, showProxy: true })
  ].join()
}

describe.each(FIXINGS)('a view after %s', (_name, fix) => {
  test.each<[string, object | undefined]>([
    ['identified', ANN],
    ['anonymous', undefined]
  ])('has the same values, on a page that is %s', async (_name, user) => {
    const { before, after, own, shown, spread } = await look(user, (res) => {
      const view = res.locals.hubspot
      const before = readView(res)
      expect(fix(view)).toBe(view)
      // A second time, when it is frozen already.
      expect(fix(view)).toBe(view)
      expect(Object.isExtensible(view)).toBe(false)
      expect(Object.isFrozen(view)).toBe(true)
      const shown = Object.keys(view)
      return { before, after: readView(res), own: Reflect.ownKeys(view), shown, spread: { ...view } }
    })
    expect(before.identified).toBe(user !== undefined)
    expect(after).toEqual(before)
    expect(own).toEqual(OWN)
    expect(shown).toEqual(SHOWN)
    expect(spread).toEqual({ identified: before.identified, reason: before.reason, expiresAt: before.expiresAt })
  })

  test('checks at every read who is logged in', async () => {
    const { before, after } = await look({ ...ANN }, (res, req) => {
      fix(res.locals.hubspot)
      const before = readView(res)
      Object.assign(req, { user: undefined })
      return { before, after: readView(res) }
    })
    expect(before).toMatchObject({ identified: true, email: ANN.email })
    expect(after).toEqual(NOBODY)
  })

  test('shows no token and no address in a log', async () => {
    const { token, dump } = await look(ANN, (res) => {
      fix(res.locals.hubspot)
      return { token: res.locals.hubspot.token, dump: dumpsOf(res.locals) }
    })
    expect(token).toEqual(expect.any(String))
    expect(dump).toContain('identified')
    expect(dump).not.toContain(token)
    expect(dump).not.toContain(ANN.email)
  })

  test('cannot be changed', async () => {
    const { before, after } = await look(ANN, (res) => {
      const view = res.locals.hubspot
      const before = readView(res)
      fix(view)
      const changes: PropertyDescriptor[] = [
        { value: 'other' },
        { get: () => 'other' },
        { enumerable: true },
        { configurable: true },
        { writable: true }
      ]
      for (const change of changes) expect(Reflect.defineProperty(view, 'token', change)).toBe(false)
      expect(Reflect.defineProperty(view, 'more', { value: 1 })).toBe(false)
      expect(() => Object.assign(view, { token: 'other' })).toThrow(TypeError)
      expect(() => Object.assign(view, { more: 1 })).toThrow(TypeError)
      expect(Reflect.deleteProperty(view, 'token')).toBe(false)
      expect('more' in view).toBe(false)
      return { before, after: readView(res) }
    })
    expect(after).toEqual(before)
  })

  test('has property descriptors whose getters work', async () => {
    const { token, descriptor, read } = await look(ANN, (res) => {
      const view = res.locals.hubspot
      fix(view)
      const descriptor = Object.getOwnPropertyDescriptor(view, 'token')
      return { token: view.token, descriptor, read: descriptor?.get?.call(view) }
    })
    expect(descriptor).toEqual({ get: expect.any(Function), set: undefined, enumerable: false, configurable: false })
    expect(read).toBe(token)
  })
})

describe.each(EXPRESS_MAJORS)('deep-frozen locals in $major', ({ express }) => {
  test.each<[string, object | undefined]>([
    ['identified', ANN],
    ['anonymous', undefined]
  ])('render a page that is %s', async (_name, user) => {
    const template = Handlebars.compile('{{hubspot.email}} {{{hubspot.snippet}}}')
    const { html, snippet } = await look(
      user,
      (res) => {
        Object.assign(res.locals, { title: { of: ['the page'] } })
        deepFreeze(res.locals)
        expect(Object.isFrozen(res.locals.hubspot)).toBe(true)
        return { html: template(res.locals), snippet: res.locals.hubspot.snippet }
      },
      express
    )
    expect(html).toBe(`${user ? ANN.email : ''} ${snippet}`)
    expect(snippet === '').toBe(!user)
  })
})

test('a view that is not frozen cannot be changed either, and has the same enumerable properties', async () => {
  const { token, dump } = await look(ANN, (res) => {
    const view = res.locals.hubspot
    for (const key of ['token', 'more']) expect(Reflect.defineProperty(view, key, { value: 'other' })).toBe(false)
    expect(Object.isExtensible(view)).toBe(true)
    expect(Object.getOwnPropertyDescriptor(view, 'token')).toMatchObject({ enumerable: false, configurable: true })
    return { token: view.token, dump: dumpsOf(res.locals) }
  })
  expect(dump).not.toContain(token)
  expect(dump).not.toContain(ANN.email)
})
