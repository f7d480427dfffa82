// The request flow through real requests: forms of req.user, the options visitor and skip, and requests that cannot use an identity.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from '@jest/globals'
import type { Request } from 'express'
import supertest from 'supertest'
import type { HubSpotIdentificationOptions, RequestEvent, Visitor } from '../../lib/index.js'
import { asUser, createApp } from '../support/create-app.js'

const ANN = { email: 'ann@example.com' }

/** An app without sessions in which this user is logged in. */
async function createAppFor(user: unknown, options: Partial<HubSpotIdentificationOptions> = {}) {
  const seen = await createApp({ session: false, options, before: (app) => app.use(asUser(user)) })
  return {
    ...seen,
    get: () => supertest(seen.app).get('/view'),
    /** The codes of the reported errors, without the one about the missing session. */
    codes: () => seen.errors.map(({ code }) => code).filter((code) => code !== 'ERR_SESSION_MISSING')
  }
}

/** Subscribes to the channel; the returned function ends that and gives the messages. */
function recordOutcomes(): () => string[] {
  const outcomes: string[] = []
  const note = (event: unknown) => outcomes.push((event as RequestEvent).outcome)
  subscribe('hubspot-identification:request', note)
  return () => {
    unsubscribe('hubspot-identification:request', note)
    return outcomes
  }
}

/** The body that HubSpot received for this user, if any. */
async function mintFor(user: unknown): Promise<Record<string, unknown> | undefined> {
  const { get, hubspot, codes } = await createAppFor(user)
  const { body } = await get().expect(200)
  expect(codes()).toEqual([])
  const sent = hubspot.requests[0]?.body as Record<string, unknown> | undefined
  expect(body.email).toBe(sent?.['email'])
  const { hsCustomerAgentContext: _, ...visitor } = sent ?? {}
  return sent && visitor
}

describe('req.user', () => {
  test.each([
    ['an address', ANN, ANN],
    ['an address with white space around it', { email: ' ann@example.com\n' }, ANN],
    [
      'names as most apps keep them',
      { ...ANN, firstName: 'Ann', lastName: 'Lee' },
      { firstName: 'Ann', lastName: 'Lee' }
    ],
    [
      'names of OpenID Connect',
      { ...ANN, given_name: 'Ann', family_name: 'Lee' },
      { firstName: 'Ann', lastName: 'Lee' }
    ],
    ['a Passport profile', { emails: [{ value: ANN.email }], name: { givenName: 'Ann', familyName: 'Lee' } }, ANN],
    ['a profile with a verified address', { emails: [{ value: ANN.email, verified: true }] }, ANN],
    ['a profile whose first entry is empty', { emails: [{ value: '' }, { value: ANN.email }] }, ANN],
    ['a profile whose addresses are plain texts', { emails: ['ann@example.com'] }, ANN],
    ['an empty address beside a profile', { email: '', emails: [{ value: ANN.email }] }, ANN],
    ['an affirmative mark', { ...ANN, emailVerified: true, email_verified_at: new Date('2024-02-29') }, ANN],
    [
      'an instance with getters',
      new (class {
        get email() {
          return ANN.email
        }
      })(),
      ANN
    ],
    ['an address that needs care', { email: "o'brien+x&co@example.com" }, { email: "o'brien+x&co@example.com" }],
    ['names of the wrong type', { ...ANN, firstName: 42, name: 'Ann Lee' }, ANN]
  ])('with %s is identified', async (_name, user, told) => {
    expect(await mintFor(user)).toMatchObject(told)
  })

  test('has its names cleaned and cut', async () => {
    const visitor = await mintFor({ ...ANN, firstName: `A\u0000n\u007fn\r\n${'x'.repeat(200)}`, lastName: ' \u0007 ' })
    expect(visitor).toEqual({ ...ANN, firstName: `Ann${'x'.repeat(97)}` })
  })

  test.each([
    ['nobody', undefined],
    ['null', null],
    ['a bare id', 'ann@example.com'],
    ['true', true],
    ['no address', { id: 1, username: 'ann@example.com' }],
    ['a blank address', { email: '  ' }],
    ['an address that is no string', { email: { toString: () => ANN.email } }],
    ['an empty profile', { emails: [] }],
    ['a profile of junk', { emails: [null, 1, ' ', { value: 5 }, ['ann@example.com']] }]
  ])('that is %s is not identified, without a report', async (_name, user) => {
    expect(await mintFor(user)).toBeUndefined()
  })

  const marks = [
    'emailVerified',
    'email_verified',
    'isEmailVerified',
    'emailVerifiedAt',
    'email_verified_at',
    'email_confirmed_at'
  ]
  test.each(marks)('is refused if %s says no', async (mark) => {
    for (const no of [false, null, 0, '', '0', 'false']) {
      expect(await mintFor({ ...ANN, [mark]: no })).toBeUndefined()
      expect(await mintFor({ emails: [{ value: ANN.email }], [mark]: no })).toBeUndefined()
    }
  })

  test('is refused if the profile says that the address used is not verified', async () => {
    for (const verified of [false, null, 0, '', '0', 'false']) {
      expect(await mintFor({ emails: [{ value: ANN.email, verified }] })).toBeUndefined()
      expect(await mintFor({ ...ANN, emails: [{ value: ANN.email, verified }] })).toBeUndefined()
      expect(
        await mintFor({
          emails: [
            { value: ANN.email, verified: true },
            { value: 'b@example.com', verified }
          ]
        })
      ).toEqual(ANN)
    }
  })

  test.each(['no-at-sign', 'a@b@c', 'a b@example.com', `${'a'.repeat(250)}@example.com`, 'ann@example.com\u0000x'])(
    'with the malformed address %p is reported and not identified',
    async (email) => {
      const { get, codes, hubspot, errors } = await createAppFor({ email })
      expect((await get().expect(200)).body.identified).toBe(false)
      expect(codes()).toEqual(['ERR_VISITOR_INVALID'])
      expect(JSON.stringify(errors.map(({ message }) => message))).not.toContain(email.slice(0, 5))
      expect(hubspot.requests).toEqual([])
    }
  )

  test('whose getter throws is reported, and the page is served', async () => {
    const { app, errors } = await createApp({
      session: false,
      before: (app) =>
        app.use((req, _res, next) => {
          Object.defineProperty(req, 'user', {
            get: () => {
              throw new Error('ann@example.com')
            }
          })
          next()
        })
    })
    expect((await supertest(app).get('/view').expect(200)).body.identified).toBe(false)
    expect(errors.map(({ code }) => code)).toEqual(['ERR_VISITOR_INVALID'])
    expect(String(errors[0]?.cause)).not.toContain('ann@')
  })

  test('is the only source of the address: body, query and headers are not read', async () => {
    const { app, hubspot } = await createApp({ session: false })
    const { body } = await supertest(app)
      .get('/view?email=ann@example.com&user[email]=ann@example.com')
      .set({ email: ANN.email, 'x-user': JSON.stringify(ANN), from: ANN.email, 'content-type': 'application/json' })
      .send({ email: ANN.email, user: ANN })
    expect(body.identified).toBe(false)
    expect(hubspot.requests).toEqual([])
  })
})

describe('visitor', () => {
  test.each<[string, HubSpotIdentificationOptions['visitor']]>([
    ['at once', () => ({ ...ANN, firstName: 'Ann', customerAgentContext: { plan: 'gold' } })],
    ['with a promise', async () => ({ ...ANN, firstName: 'Ann', customerAgentContext: { plan: 'gold' } })]
  ])('may answer %s', async (_name, visitor) => {
    const { get, hubspot, codes } = await createAppFor(undefined, { visitor })
    expect((await get()).body.email).toBe(ANN.email)
    expect(hubspot.requests[0]?.body).toEqual({
      ...ANN,
      firstName: 'Ann',
      hsCustomerAgentContext: { plan: 'gold' }
    })
    expect(codes()).toEqual([])
  })

  test.each([
    ['null', () => null],
    ['undefined', () => undefined],
    ['a promise of null', async () => null],
    ['a record that says itself that it is unverified', () => ({ ...ANN, emailVerified: false })]
  ])('gives no visitor with %s', async (_name, visitor) => {
    const { get, hubspot, codes } = await createAppFor(ANN, { visitor })
    expect((await get().expect(200)).body.identified).toBe(false)
    expect(hubspot.requests).toEqual([])
    expect(codes()).toEqual([])
  })

  const throwing = () => {
    throw new Error('ann@example.com')
  }
  test.each<[string, unknown]>([
    ['throws', throwing],
    ['rejects', async () => throwing()],
    ['throws undefined', () => Promise.reject(undefined)],
    ['returns a string', () => ANN.email],
    ['returns a number', () => 5],
    ['returns false', () => false],
    ['returns a list', () => [ANN]],
    ['returns no address', () => ({})],
    ['returns a malformed address', async () => ({ email: 'ann' })],
    ['returns names of another type', () => ({ ...ANN, firstName: {} })],
    ['returns a context that is not plain strings', () => ({ ...ANN, customerAgentContext: { a: 1 } })],
    ['returns something that throws when it is read', () => Object.defineProperty({}, 'email', { get: throwing })],
    ['returns a promise that throws when it is awaited', () => Object.defineProperty({}, 'then', { get: throwing })]
  ])('that %s is reported once for the page, which is served', async (_name, visitor) => {
    const { get, codes, errors, hubspot } = await createAppFor(ANN, {
      visitor: visitor as HubSpotIdentificationOptions['visitor']
    })
    expect((await get().expect(200)).body).toEqual({
      identified: false,
      reason: 'invalid-visitor',
      settings: {},
      json: '{}',
      snippet: ''
    })
    expect(codes()).toEqual(['ERR_VISITOR_INVALID'])
    expect(JSON.stringify(errors) + errors.map(({ message, cause }) => message + cause)).not.toContain('ann@')
    expect(hubspot.requests).toEqual([])
  })

  test('or a skip that throws is reported once, also if the endpoint handles the same request', async () => {
    const fail = () => {
      throw new Error('of the app')
    }
    for (const options of [{ visitor: fail }, { skip: fail }, { visitor: () => ({ mail: 1 }) as never }]) {
      const { app, errors } = await createApp({
        options,
        routes: (app, identification) => app.get('/token', identification.tokenEndpoint())
      })
      await supertest(app).get('/token').expect(503)
      expect(errors).toHaveLength(1)
      const [name = ''] = Object.keys(options)
      expect(errors[0]?.message).toContain(`"${name}" `)
      await supertest(app).get('/token').expect(503)
      expect(errors).toHaveLength(2)
    }
  })

  test('that hangs delays the page by maxWaitMs only, and is reported', async () => {
    const { get, codes, errors } = await createAppFor(ANN, {
      visitor: () => new Promise(() => undefined),
      maxWaitMs: 30
    })
    expect((await get().expect(200)).body.identified).toBe(false)
    expect(codes()).toEqual(['ERR_VISITOR_INVALID'])
    expect(errors.at(-1)?.message).toContain('maxWaitMs (30 ms)')
  })

  test('that answers in time is not reported if the mint is late', async () => {
    const { get, codes, hubspot } = await createAppFor(undefined, { visitor: async () => ANN, maxWaitMs: 30 })
    hubspot.respondWith({ delayMs: 200 })
    expect((await get().expect(200)).body.identified).toBe(false)
    expect(codes()).toEqual([])
  })

  test('that answers in time leaves no timer', async () => {
    const { get } = await createAppFor(undefined, { visitor: async () => null, maxWaitMs: 60_000 })
    const timers = () => process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length
    await get().expect(200)
    const before = timers()
    for (let page = 0; page < 5; page += 1) await get().expect(200)
    expect(timers()).toBeLessThanOrEqual(before)
  })

  test('that rejects after next() is reported once, and does not end the process', async () => {
    let reject: (reason: Error) => void = () => undefined
    const visitor = () => new Promise<Visitor>((_resolve, rejectIt) => (reject = rejectIt))
    const { get, codes } = await createAppFor(ANN, { visitor, maxWaitMs: 0 })
    await get().expect(200)
    reject(new Error('late'))
    await nextTurn()
    expect(codes()).toEqual(['ERR_VISITOR_INVALID'])
  })

  test('that answers too late changes no page for which next() was called', async () => {
    let answer: (visitor: Visitor) => void = () => undefined
    const { app } = await createApp({
      session: false,
      options: { visitor: () => new Promise<Visitor>((resolve) => (answer = resolve)), maxWaitMs: 0 },
      routes: (app, identification) => {
        app.get('/late', async (_req, res) => {
          answer(ANN)
          await identification.identify(ANN)
          res.json(res.locals.hubspot.identified)
        })
      }
    })
    expect((await supertest(app).get('/late')).body).toBe(false)
  })

  test('may return a promise for users only', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', note)
    const { app } = await createApp({
      session: false,
      options: {
        visitor: (req: Request) =>
          (req as { user?: unknown }).user ? Promise.reject(new Error('of the database')) : null
      },
      routes: (app) => {
        app.get('/log-in', asUser(ANN), (_req, res) => {
          res.json(res.locals.hubspot.settings)
        })
      }
    })
    // With the mark, the library checks again when the headers are sent.
    await supertest(app).get('/log-in').set('Cookie', 'hubspot-identified=1').expect(200, {})
    await nextTurn()
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

describe('skip', () => {
  test('leaves the request without an identity', async () => {
    const { get, hubspot, codes } = await createAppFor(ANN, { skip: (req) => req.path === '/view' })
    expect((await get().expect(200)).body).toEqual({
      identified: false,
      reason: 'skipped',
      settings: {},
      json: '{}',
      snippet: ''
    })
    expect(hubspot.requests).toEqual([])
    expect(codes()).toEqual([])
  })

  test('prevents the call of visitor', async () => {
    let asked = 0
    const { get } = await createAppFor(ANN, {
      skip: () => true,
      visitor: () => {
        asked += 1
        return ANN
      }
    })
    await get()
    expect(asked).toBe(0)
  })

  test.each<[string, unknown]>([
    [
      'throws',
      () => {
        throw new Error('ann@example.com')
      }
    ],
    ['answers with a promise', async () => true],
    [
      'answers with a promise that rejects',
      async () => {
        throw new Error('ann@example.com')
      }
    ]
  ])('that %s is reported, and nobody is identified', async (_name, skip) => {
    const { get, hubspot, codes } = await createAppFor(ANN, { skip: skip as HubSpotIdentificationOptions['skip'] })
    expect((await get().expect(200)).body.identified).toBe(false)
    await nextTurn()
    expect(hubspot.requests).toEqual([])
    expect(codes()).toEqual(['ERR_VISITOR_INVALID'])
  })
})

describe('requests that cannot use an identity', () => {
  const destinations = [
    'image',
    'style',
    'script',
    'font',
    'audio',
    'video',
    'track',
    'manifest',
    'worker',
    'serviceworker',
    'sharedworker'
  ]
  const passive: [string, 'get' | 'head' | 'options', Record<string, string>][] = [
    ['HEAD', 'head', {}],
    ['OPTIONS', 'options', {}],
    ...destinations.map((to): [string, 'get', Record<string, string>] => [
      `the fetch of a ${to}`,
      'get',
      { 'sec-fetch-dest': to }
    ])
  ]

  test.each(passive)('%s: neither mint nor wait, and use a token that is available', async (_name, method, headers) => {
    const seen: unknown[] = []
    const { app, hubspot, identification, errors } = await createApp({
      session: false,
      options: { visitor: () => ANN },
      routes: (app) => {
        app.all('/', (_req, res) => {
          seen.push(res.locals.hubspot.identified)
          res.end()
        })
      }
    })
    hubspot.respondWith({ hang: true, when: () => seen.length === 0 })
    const outcomes = recordOutcomes()
    await supertest(app)[method]('/').set(headers).expect(200)
    // Nothing failed: there was no call.
    expect(outcomes()).toEqual(['skipped'])
    expect(hubspot.requests).toEqual([])
    await identification.identify(ANN)
    await supertest(app)[method]('/').set(headers).expect(200)
    expect(seen).toEqual([false, true])
    expect(errors.map(({ code }) => code)).toEqual(['ERR_SESSION_MISSING'])
  })

  test('renew no token that is near its end', async () => {
    let kept = {}
    let reads = 0
    const store = {
      get: () => {
        reads += 1
        return { ...kept, expiresAt: Date.now() + 60_000 }
      },
      set: (_key: string, value: object) => {
        kept = value
      },
      delete: () => undefined
    }
    const options = { visitor: () => ANN, cache: { store } }
    const { hubspot, identification: another } = await createApp({ options })
    await another.identify(ANN)
    const { app, identification } = await createApp({ session: false, options: { ...options, baseUrl: hubspot.url } })
    await identification.identify(ANN)
    reads = 0
    await supertest(app).head('/view').expect(200)
    await supertest(app).get('/view').set('sec-fetch-dest', 'image').expect(200)
    // A renewal would first read the store.
    expect([reads, hubspot.requests.length]).toEqual([0, 1])
    await supertest(app).get('/view').expect(200)
    expect(reads).toBe(1)
  })

  test('do not wait for a visitor that returns a promise', async () => {
    const { app } = await createApp({
      session: false,
      options: { visitor: () => new Promise(() => undefined), maxWaitMs: 60_000 }
    })
    await supertest(app).head('/view').expect(200)
  })

  test.each(['document', 'iframe', 'empty', undefined])(
    'do not include those with Sec-Fetch-Dest %p',
    async (destination) => {
      const { get, hubspot } = await createAppFor(ANN)
      await get().set(destination ? { 'sec-fetch-dest': destination } : {})
      expect(hubspot.requests).toHaveLength(1)
    }
  )
})
