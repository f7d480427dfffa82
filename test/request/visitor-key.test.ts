// visitorKey: `visitor` is called once for a key, and later reads of the view compare the key.
import { describe, expect, jest, test } from '@jest/globals'
import type { Request, RequestHandler } from 'express'
import supertest from 'supertest'
import type { HubSpotIdentificationOptions } from '../../lib/index.js'
import { type AppParts, createApp, EXPRESS_MAJORS, readView } from '../support/create-app.js'

const PEOPLE: Record<string, { email: string }> = {
  ann: { email: 'ann@example.com' },
  bob: { email: 'bob@example.com' }
}

/** The user named by a header, put on the request as by the middleware of a provider; no req.user. */
const authenticate: RequestHandler = (req, _res, next) => {
  Object.assign(req, { who: req.get('x-who') ?? null })
  next()
}
const whoIs = (req: Request): string | null => (req as Request & { who: string | null }).who

/** An app whose `visitor` calls a provider; `asked` lists these calls. */
async function createKeyedApp(parts: AppParts = {}, options: Partial<HubSpotIdentificationOptions> = {}) {
  const asked: unknown[] = []
  const app = await createApp({
    session: false,
    before: (app) => app.use(authenticate),
    ...parts,
    options: {
      session: false,
      async visitor(req) {
        asked.push(whoIs(req))
        return PEOPLE[whoIs(req) ?? ''] ?? null
      },
      visitorKey: whoIs,
      ...options
    }
  })
  return {
    ...app,
    asked,
    get: (path: string, who?: string) =>
      who ? supertest(app.app).get(path).set('x-who', who) : supertest(app.app).get(path)
  }
}

describe.each(EXPRESS_MAJORS)('visitorKey in $major', ({ express }) => {
  test('calls the provider once for a page with thirty files, and mints once', async () => {
    const { get, asked, hubspot } = await createKeyedApp({ express })
    expect((await get('/view', 'ann')).body.email).toBe('ann@example.com')
    const destinations = ['image', 'style', 'script', 'font', 'empty', 'document']
    await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        get('/nothing', 'ann').set('sec-fetch-dest', destinations[index % 6] ?? '')
      )
    )
    expect((await get('/view', 'ann')).body.email).toBe('ann@example.com')
    expect(asked).toEqual(['ann'])
    expect(hubspot.requests).toHaveLength(1)
  })

  test('calls it once for concurrent pages', async () => {
    const { get, asked, hubspot } = await createKeyedApp({ express })
    const pages = await Promise.all(Array.from({ length: 8 }, () => get('/view', 'ann')))
    expect(new Set(pages.map(({ body }) => body.email))).toEqual(new Set(['ann@example.com']))
    expect(asked).toEqual(['ann'])
    expect(hubspot.requests).toHaveLength(1)
  })

  test('does not mix up users', async () => {
    const { get, asked } = await createKeyedApp({ express })
    expect((await get('/view', 'ann')).body.email).toBe('ann@example.com')
    expect((await get('/view', 'bob')).body.email).toBe('bob@example.com')
    expect((await get('/view')).body).toMatchObject({ identified: false, reason: 'no-user' })
    expect(asked).toEqual(['ann', 'bob'])
  })

  test('notices a logout and a switch of accounts in the same request', async () => {
    const change =
      (who: string | null): RequestHandler =>
      (req, res) => {
        const before = res.locals.hubspot.identified
        Object.assign(req, { who })
        res.json([before, readView(res)])
      }
    const { get } = await createKeyedApp({
      express,
      routes: (app) => {
        app.get('/out', change(null))
        app.get('/switch', change('bob'))
        app.get('/same', change('ann'))
      }
    })
    expect((await get('/out', 'ann')).body).toMatchObject([true, { identified: false, reason: 'changed', snippet: '' }])
    expect((await get('/switch', 'ann')).body).toMatchObject([
      true,
      { identified: false, reason: 'changed', snippet: '' }
    ])
    expect((await get('/same', 'ann')).body).toMatchObject([true, { identified: true }])
  })

  test('shows no token on a page whose key changed during the mint', async () => {
    const { get, hubspot } = await createKeyedApp({
      express,
      before: (app) => {
        app.use(authenticate, (req, _res, next) => {
          if (req.path === '/leaves') setTimeout(() => Object.assign(req, { who: null }), 50)
          next()
        })
      },
      routes: (app) => void app.get('/leaves', (_req, res) => void res.json(readView(res)))
    })
    hubspot.respondWith({ delayMs: 200 })
    expect((await get('/leaves', 'ann')).body).toMatchObject({ identified: false, reason: 'changed', snippet: '' })
  })

  test('does not cache a failure', async () => {
    let calls = 0
    const { get, errors } = await createKeyedApp(
      { express },
      {
        async visitor() {
          calls += 1
          if (calls === 1) throw new Error('of the provider')
          return PEOPLE['ann'] ?? null
        }
      }
    )
    expect((await get('/view', 'ann')).body).toMatchObject({ identified: false, reason: 'invalid-visitor' })
    expect((await get('/view', 'ann')).body).toMatchObject({ identified: true })
    expect(errors.map(({ code }) => code)).toEqual(['ERR_VISITOR_INVALID'])
  })

  test('reports a failure once, however many pages waited for it', async () => {
    const { get, errors } = await createKeyedApp(
      { express },
      { visitor: () => new Promise((_resolve, reject) => setTimeout(reject, 100, new Error('of the provider'))) }
    )
    const pages = await Promise.all(Array.from({ length: 5 }, () => get('/view', 'ann')))
    for (const { body } of pages) expect(body).toMatchObject({ identified: false, reason: 'invalid-visitor' })
    expect(errors.map(({ code }) => code)).toEqual(['ERR_VISITOR_INVALID'])
  })

  test('reports a slow provider once, however many pages waited for it', async () => {
    const { get, errors } = await createKeyedApp({ express }, { maxWaitMs: 50, visitor: () => new Promise(() => {}) })
    const pages = await Promise.all(Array.from({ length: 5 }, () => get('/view', 'ann')))
    for (const { body } of pages) expect(body).toMatchObject({ identified: false, reason: 'late' })
    expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining('longer than maxWaitMs')])
  })

  test('does not cache the result for a request whose user changed during the call', async () => {
    const asked: string[] = []
    const { get } = await createKeyedApp(
      {
        express,
        before: (app) => {
          app.use(authenticate, (req, _res, next) => {
            if (req.path === '/switches') setTimeout(() => Object.assign(req, { who: 'bob' }), 50)
            next()
          })
        },
        routes: (app) => void app.get('/switches', (_req, res) => void res.json(readView(res)))
      },
      {
        async visitor(req) {
          asked.push(req.path)
          await new Promise((resolve) => setTimeout(resolve, 150))
          return PEOPLE[whoIs(req) ?? ''] ?? null
        }
      }
    )
    const switching = get('/switches', 'ann')
    const [switched, waited] = await Promise.all([
      switching,
      // Arrives during the first call, so that it shares the result.
      new Promise((resolve) => setTimeout(resolve, 30)).then(() => get('/view', 'ann'))
    ])
    expect(switched.body).toMatchObject({ identified: false, reason: 'changed' })
    expect(waited.body.email).toBe('ann@example.com')
    expect((await get('/view', 'ann')).body.email).toBe('ann@example.com')
    expect(asked).toEqual(['/switches', '/view'])
  })

  test('calls again after five minutes', async () => {
    const { get, asked } = await createKeyedApp({ express })
    await get('/view', 'ann')
    const now = Date.now()
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => now + 5 * 60 * 1000 + 1)
    try {
      await get('/view', 'ann')
    } finally {
      clock.mockRestore()
    }
    expect(asked).toEqual(['ann', 'ann'])
  })

  test('does not call it without a key', async () => {
    const { get, asked } = await createKeyedApp({ express }, { visitorKey: () => undefined })
    expect((await get('/view', 'ann')).body).toMatchObject({ identified: false, reason: 'no-user' })
    expect(asked).toEqual([])
  })

  test('that throws is reported, and the page is served', async () => {
    const { get, errors } = await createKeyedApp(
      { express },
      {
        visitorKey: () => {
          throw new Error('of the app')
        }
      }
    )
    expect((await get('/view', 'ann')).body).toMatchObject({ identified: false, reason: 'invalid-visitor' })
    expect(errors.map(({ code }) => code)).toEqual(['ERR_VISITOR_INVALID'])
  })

  test('puts the token on the session, and finds it there for the same key', async () => {
    const { app, asked, hubspot } = await createKeyedApp({ express, session: {} }, { session: true })
    const agent = supertest.agent(app)
    app.get('/cart', (req, res) => {
      Object.assign(req.session, { cart: 1 })
      res.json({})
    })
    await agent.get('/cart').set('x-who', 'ann')
    const first = await agent.get('/view').set('x-who', 'ann')
    const second = await agent.get('/view').set('x-who', 'ann')
    expect(second.body.token).toBe(first.body.token)
    // Another user on the same session.
    expect((await agent.get('/view').set('x-who', 'bob')).body.email).toBe('bob@example.com')
    expect(asked).toEqual(['ann', 'bob'])
    expect(hubspot.requests).toHaveLength(2)
  })
})

describe('a visitor that is known to return promises', () => {
  test.each([
    ['HEAD', (agent: ReturnType<typeof supertest>) => agent.head('/nothing')],
    ['an image', (agent: ReturnType<typeof supertest>) => agent.get('/nothing').set('sec-fetch-dest', 'image')],
    ['a script', (agent: ReturnType<typeof supertest>) => agent.get('/nothing').set('sec-fetch-dest', 'script')]
  ])('is not called for %s', async (_name, send) => {
    const { app, asked } = await createKeyedApp({}, { visitorKey: undefined })
    await supertest(app).get('/view').set('x-who', 'ann')
    await send(supertest(app)).set('x-who', 'ann').expect(200)
    expect(asked).toEqual(['ann'])
    await supertest(app).get('/view').set('x-who', 'ann')
    expect(asked).toEqual(['ann', 'ann'])
  })
})
