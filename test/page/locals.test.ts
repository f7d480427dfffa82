// res.locals.hubspot: its properties, what logs show of them, and the check at every read.
import { inspect } from 'node:util'
import { describe, expect, jest, test } from '@jest/globals'
import type { Request } from 'express'
import Handlebars from 'handlebars'
import supertest from 'supertest'
import type { HubSpotIdentificationOptions } from '../../lib/index.js'
import { asUser, createApp, readView } from '../support/create-app.js'
import { ANN, onPage } from './on-page.js'

const NOBODY = { identified: false, reason: 'changed', settings: {}, json: '{}', snippet: '' }

describe('res.locals.hubspot', () => {
  test('has own properties, of which only the first three are enumerable', async () => {
    const { seen } = await onPage((res) => ({
      own: Object.getOwnPropertyNames(res.locals.hubspot),
      shown: Object.keys(res.locals.hubspot),
      spread: { ...res.locals.hubspot }
    }))
    expect(seen.own).toEqual(['identified', 'reason', 'expiresAt', 'email', 'token', 'settings', 'json', 'snippet'])
    expect(seen.shown).toEqual(['identified', 'reason', 'expiresAt'])
    expect(seen.spread).toEqual({ identified: true, reason: undefined, expiresAt: expect.any(Number) })
  })

  test('shows no token and no address to JSON.stringify and util.inspect of the locals', async () => {
    const { seen } = await onPage((res) => ({
      dump: [
        JSON.stringify(res.locals),
        inspect(res.locals),
        inspect(res.locals, { depth: 9, showHidden: true }),
        inspect(res.locals, { depth: 9, getters: true })
      ].join(),
      token: res.locals.hubspot.token
    }))
    expect(seen.token).toEqual(expect.any(String))
    expect(seen.dump).not.toContain(seen.token)
    expect(seen.dump).not.toContain(ANN.email)
  })

  test('is read by Handlebars, which refuses inherited properties', async () => {
    const template = Handlebars.compile('{{hubspot.email}} {{{hubspot.snippet}}}')
    const { seen } = await onPage((res) => ({ html: template(res.locals), snippet: res.locals.hubspot.snippet }))
    expect(seen.html).toBe(`${ANN.email} ${seen.snippet}`)
  })

  test('gives the same value at every read, and cannot be changed', async () => {
    const { seen } = await onPage((res) => {
      const view = res.locals.hubspot
      const first = readView(res)
      expect(() => Object.assign(view, { token: 'other' })).toThrow(TypeError)
      expect(() => Object.defineProperty(view, 'token', { value: 'other' })).toThrow(TypeError)
      // As code does that deep-freezes the locals; the values stay the same.
      expect(Object.freeze(view)).toBe(view)
      expect(Object.keys(view)).toEqual(['identified', 'reason', 'expiresAt'])
      expect(view.settings).toBe(view.settings)
      expect(Object.isFrozen(view.settings)).toBe(true)
      return { first, second: readView(res) }
    })
    expect(seen.second).toEqual(seen.first)
    expect(JSON.parse(seen.first.json)).toEqual(seen.first.settings)
  })

  test('identifies nobody after the token has expired while the page was rendered', async () => {
    const { seen } = await onPage((res) => {
      const { identified, expiresAt = 0 } = res.locals.hubspot
      jest.spyOn(Date, 'now').mockReturnValue(expiresAt)
      const after = readView(res)
      jest.restoreAllMocks()
      return { identified, after }
    })
    expect(seen).toMatchObject({ identified: true, after: { identified: false, json: '{}' } })
  })

  test.each([
    ['nobody is logged in', { user: null }],
    ['the request is skipped', { options: { skip: () => true } }],
    ['the visitor cannot be read', { options: { visitor: () => 5 as never } }],
    ['the address is not verified', { user: { ...ANN, emailVerified: false } }]
  ])('exists, without an identity, when %s', async (_name, who) => {
    const options = { settings: { avoidInlineStyles: true }, portalId: 12345, ...('options' in who ? who.options : {}) }
    const { seen } = await onPage((res) => readView(res), { ...who, options, user: 'user' in who ? who.user : ANN })
    expect(seen).toMatchObject({ identified: false, settings: { avoidInlineStyles: true } })
    expect(seen.json).toBe('{"avoidInlineStyles":true}')
    expect([seen.expiresAt, seen.email, seen.token]).toEqual([undefined, undefined, undefined])
    expect(seen.snippet).toContain('/12345.js" id="hs-script-loader"')
    expect(seen.snippet).not.toContain(ANN.email)
  })

  test('adds the identity to the settings of the app', async () => {
    const { seen } = await onPage((res) => readView(res), { options: { settings: { avoidInlineStyles: true } } })
    expect(seen.settings).toEqual({
      avoidInlineStyles: true,
      identificationEmail: ANN.email,
      identificationToken: seen.token
    })
    expect(Object.values(seen.settings)).not.toContain(null)
  })
})

describe('if HubSpot gave the same token for every user', () => {
  test('every page has the address of its own user', async () => {
    const { app } = await createApp({
      session: false,
      options: { fetch: async () => new Response(JSON.stringify({ token: 'same' })) },
      before: (app) => app.use((req, _res, next) => asUser({ email: req.get('x-user') })(req, _res, next)),
      routes: (app) => app.get('/page', (_req, res) => res.json(readView(res)))
    })
    for (const email of ['ann@example.com', 'bob@example.com', 'ann@example.com']) {
      const { body } = await supertest(app).get('/page').set('x-user', email).expect(200)
      expect(body.settings).toEqual({ identificationEmail: email, identificationToken: 'same' })
      expect(JSON.parse(body.json)).toEqual(body.settings)
      expect(body.snippet).toContain(email)
    }
  })
})

describe('a view that is read later in the request', () => {
  test.each<[string, (req: Request) => void]>([
    ['another user took over', (req) => Object.assign(req, { user: { email: 'bob@example.com' } })],
    ['the same user came as another object', (req) => Object.assign(req, { user: { ...ANN } })],
    ['the user logged out', (req) => Object.assign(req, { user: undefined })],
    ['the address changed on the same object', (req) => Object.assign(req.user as object, { email: 'a@example.com' })],
    ['the address was found to be unverified', (req) => Object.assign(req.user as object, { emailVerified: false })],
    ['the address went away', (req) => Object.assign(req.user as object, { email: '' })],
    [
      'the user can no longer be read',
      (req) =>
        Object.defineProperty(req, 'user', {
          get: () => {
            throw new Error('gone')
          }
        })
    ]
  ])('identifies nobody when %s', async (_name, change) => {
    const { seen } = await onPage(
      (res, req) => {
        const before = readView(res)
        change(req)
        return { before, after: readView(res) }
      },
      { user: { ...ANN } }
    )
    expect(seen.before.identified).toBe(true)
    expect(seen.after).toEqual(NOBODY)
  })

  test.each<[string, HubSpotIdentificationOptions['visitor']]>([
    ['at once', (req) => (req.session as unknown as { who?: typeof ANN } | undefined)?.who ?? null],
    ['with a promise', async (req) => (req.session as unknown as { who?: typeof ANN } | undefined)?.who ?? null]
  ])(
    'identifies nobody when the session is destroyed or regenerated, with a visitor that answers %s',
    async (_name, visitor) => {
      const { browser } = await createApp({
        options: { visitor },
        before: (app) =>
          app.post('/in', (req, res) => {
            Object.assign(req.session, { who: ANN })
            res.json({})
          }),
        routes: (app) => {
          app.get('/destroy', (req, res, next) => {
            const before = res.locals.hubspot.identified
            req.session.destroy((error) => (error ? next(error) : res.json([before, readView(res)])))
          })
          app.get('/regenerate', (req, res, next) => {
            const before = res.locals.hubspot.identified
            const { session } = req
            req.session.regenerate((error) => {
              // As with Passport's keepSessionInfo: everything is copied to the new session.
              Object.assign(req.session, { who: (session as unknown as { who: unknown }).who })
              if (error) next(error)
              else res.json([before, readView(res)])
            })
          })
        }
      })
      for (const path of ['/destroy', '/regenerate']) {
        const agent = browser()
        await agent.post('/in')
        expect((await agent.get(path)).body).toEqual([true, NOBODY])
      }
    }
  )

  test('identifies nobody after a Passport logout in the same request', async () => {
    const { loggedIn } = await createApp({
      routes: (app) => {
        app.post('/bye', (req, res, next) => {
          const before = res.locals.hubspot.identified
          req.logout((error) => (error ? next(error) : res.json([before, readView(res)])))
        })
      }
    })
    expect((await (await loggedIn('ann')).post('/bye')).body).toEqual([true, NOBODY])
  })

  test('identifies nobody when the visitor function throws at a later read', async () => {
    let calls = 0
    const visitor = () => {
      calls += 1
      if (calls > 3) throw new Error('of the app')
      return ANN
    }
    const { seen, codes } = await onPage((res) => [res.locals.hubspot, res.locals.hubspot].map((view) => view.email), {
      options: { visitor }
    })
    expect(seen).toEqual([ANN.email, undefined])
    expect(codes).toEqual([])
  })
})
