// A session that is new in this request and that the app leaves empty, as with bearer tokens and basic authentication: the library
// does not store it.
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Express, Request, RequestHandler, Response } from 'express'
import session, { type SessionData, type SessionOptions } from 'express-session'
import supertest from 'supertest'
import { hubspotIdentification } from '../../lib/index.js'
import { type AppParts, asUser, createApp, EXPRESS_MAJORS, readView, setCookies, USERS } from '../support/create-app.js'
import { tapStore } from '../support/tapped-store.js'

type Stored = SessionData & Record<string, unknown>

/** An app whose store calls are recorded; without `forgetOnLogout`, so that every cookie is a session cookie. */
async function startApp(parts: AppParts & { session?: Partial<SessionOptions> }) {
  const store = new session.MemoryStore()
  const tap = tapStore(store)
  const app = await createApp({
    ...parts,
    options: { forgetOnLogout: false, ...parts.options },
    session: { store, ...parts.session }
  })
  const sessions = async (): Promise<Stored[]> => {
    for (let turns = 0; turns < 5; turns += 1) {
      await turn()
      if (tap.inFlight > 0) turns = 0
    }
    return new Promise((resolve, reject) =>
      store.all((error: unknown, all) => (error ? reject(error) : resolve(Object.values(all ?? {}) as Stored[])))
    )
  }
  return { ...app, tap, sessions }
}

/** Sets `req.user` and leaves the session empty, as a Passport strategy with `session: false` does. */
const bearer: RequestHandler = (req, res, next) => {
  if (req.headers.authorization) asUser(USERS['ann'])(req, res, next)
  else next()
}
/** Puts values on the session, as an app or one of its libraries does. */
function fill(values: object): RequestHandler {
  return (req, _res, next) => {
    Object.assign(req.session, values)
    next()
  }
}
const withBearer = (app: Awaited<ReturnType<typeof startApp>>['app'], path = '/view') =>
  supertest(app).get(path).set('authorization', 'Bearer anns')

describe.each(EXPRESS_MAJORS)('$major', ({ express }) => {
  test('20 bearer calls of one user create no session, set no cookie and do not call the store', async () => {
    const { app, hubspot, tap, sessions } = await startApp({ express, before: (each) => each.use(bearer) })
    for (let call = 0; call < 20; call += 1) {
      const answer = await withBearer(app)
      expect(answer.body).toMatchObject({ identified: true, email: 'ann@example.com' })
      expect(setCookies(answer)).toEqual([])
    }
    expect(await sessions()).toEqual([])
    expect(tap.calls).toEqual([])
    expect(hubspot.requests).toHaveLength(1)
  })

  test('bearer calls of the token endpoint and of streamed responses create no session and set no cookie', async () => {
    const { app, sessions } = await startApp({
      express,
      mounted: false,
      before: (each) => each.use(bearer),
      routes: (each, identification) => {
        each.get('/token', identification.tokenEndpoint())
        const stream = (_req: Request, res: Response) => {
          res.write('{')
          res.end('}')
        }
        each.get('/stream', identification, stream)
        each.get(
          '/begun',
          (_req, res, next) => {
            res.write('{')
            next()
          },
          identification,
          (_req, res) => void res.end('}')
        )
      }
    })
    for (const path of ['/token', '/stream', '/begun']) {
      const answer = await withBearer(app, path)
      expect(answer.status).toBe(200)
      expect(setCookies(answer)).toEqual([])
    }
    expect(await sessions()).toEqual([])
  })

  test.each<[string, object]>([
    ['the empty object of old Passport versions', { passport: {} }],
    ['the empty object of connect-flash', { flash: {} }],
    ['empty lists and values', { seen: [], user: null, cart: undefined }]
  ])(
    'a session with only %s counts as empty: the token is written after the app has stored the session',
    async (_name, leftover) => {
      const { app, tap, sessions } = await startApp({
        express,
        before: (each) => each.use(bearer, fill(leftover))
      })
      const { body } = await withBearer(app)
      const [stored] = await sessions()
      // express-session stores such a session by itself; its write comes first.
      expect(tap.calls.find(({ operation }) => operation === 'set')?.data).not.toHaveProperty('hubspot')
      expect(stored?.hubspot?.token).toBe(body.token)
    }
  )

  test('a login stores the token on the session in the same request, with one write', async () => {
    const { browser, tap, sessions } = await startApp({
      express,
      mounted: false,
      routes: (each, identification, authenticate) =>
        each.post('/log-in-and-view', authenticate, identification, (_req, res) => void res.json(readView(res)))
    })
    const answer = await browser().post('/log-in-and-view?user=ann')
    expect(tap.calls.filter(({ data }) => data?.hubspot?.token === answer.body.token)).toHaveLength(1)
    expect((await sessions())[0]?.hubspot?.token).toBe(answer.body.token)
  })

  test('the token is stored when the app fills the session after the middleware', async () => {
    const { app, sessions } = await startApp({
      express,
      before: (each) => each.use(bearer),
      routes: (each) =>
        each.get('/fill', (req, res) => {
          Object.assign(req.session, { cart: 'full' })
          res.json(readView(res))
        })
    })
    const answer = await withBearer(app, '/fill')
    const all = await sessions()
    expect(all).toHaveLength(1)
    expect(all[0]).toMatchObject({ cart: 'full', hubspot: { email: 'ann@example.com', token: answer.body.token } })
  })

  test('with saveUninitialized every session is stored, each with the token', async () => {
    const parts = { express, before: bearerFirst, session: { saveUninitialized: true } }
    const { app, hubspot, sessions } = await startApp(parts)
    const answers = [await withBearer(app), await withBearer(app)]
    const all = await sessions()
    expect(all).toHaveLength(2)
    for (const stored of all) expect(stored.hubspot?.token).toBe(answers[0]?.body.token)
    expect(hubspot.requests).toHaveLength(1)
  })

  test('two instances of the middleware do not cause each other to store an empty session', async () => {
    const { app, hubspot, sessions } = await startApp({
      express,
      before: (each) => each.use(bearer, (req, res, next) => second(hubspot.url)(req, res, next))
    })
    const answer = await withBearer(app)
    expect(answer.body.identified).toBe(true)
    expect(setCookies(answer)).toEqual([])
    expect(await sessions()).toEqual([])
  })

  test('a session with only the entry of another instance counts as empty', async () => {
    const { app, tap, sessions } = await startApp({
      express,
      before: (each) => each.use(bearer, fill(entryOfAnother))
    })
    const { body } = await withBearer(app)
    const [stored] = await sessions()
    expect(tap.calls.find(({ operation }) => operation === 'set')?.data).not.toHaveProperty('hubspot')
    expect(stored).toMatchObject({ ...entryOfAnother, hubspot: { token: body.token } })
  })

  test('a token that arrives after the response to a bearer call creates no session', async () => {
    let mint: () => void = () => undefined
    const asked = new Promise<void>((resolve) => {
      mint = resolve
    })
    const { app, hubspot, sessions } = await startApp({
      express,
      before: (each) => each.use(bearer),
      options: { maxWaitMs: 20, account: 'test', accessToken: () => asked.then(() => 'pat-na1-secret') }
    })
    const late = await withBearer(app)
    expect(late.body.identified).toBe(false)
    mint()
    while (!(await withBearer(app)).body.identified) await turn()
    expect(await sessions()).toEqual([])
    expect(hubspot.requests).toHaveLength(1)
  })
})

const bearerFirst = (app: Express) => void app.use(bearer)

const entryOfAnother = {
  second: { email: 'ann@example.com', token: 'another-token', expiresAt: Date.now() + 3_600_000, account: 'another' }
}

function second(baseUrl: string): RequestHandler {
  const options = { sessionKey: 'second', localsKey: 'second', account: 'second', forgetOnLogout: false }
  return hubspotIdentification({ accessToken: 'pat-second', baseUrl, ...options })
}
