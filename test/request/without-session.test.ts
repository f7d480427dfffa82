// session: false, for apps without express-session: tokens in memory, no session, no cookie, no report.
import { describe, expect, test } from '@jest/globals'
import type { RequestHandler } from 'express'
import supertest from 'supertest'
import { createApp, EXPRESS_MAJORS, setCookies } from '../support/create-app.js'

const bearer: RequestHandler = (req, _res, next) => {
  const [, email] = req.get('authorization')?.split(' ') ?? []
  if (email) Object.assign(req, { user: { email } })
  next()
}

describe.each(EXPRESS_MAJORS)('session: false in $major', ({ express }) => {
  test.each([
    ['no express-session', false as const],
    ['an express-session for other things', { saveUninitialized: true }]
  ])('twenty bearer calls of one user make one mint and create no session, with %s', async (_name, session) => {
    const { app, hubspot, errors } = await createApp({
      express,
      session,
      options: { session: false },
      before: (app) => app.use(bearer)
    })
    for (let calls = 0; calls < 20; calls += 1) {
      const answer = await supertest(app).get('/view').set('authorization', 'Bearer ann@example.com').expect(200)
      expect(answer.body.email).toBe('ann@example.com')
      expect(setCookies(answer).filter((cookie) => !cookie.startsWith('connect.sid'))).toEqual([])
    }
    expect(hubspot.requests).toHaveLength(1)
    expect(errors).toEqual([])
  })

  test('puts nothing on an existing session', async () => {
    const seen: unknown[] = []
    const { loggedIn } = await createApp({
      express,
      options: { session: false },
      routes: (app) =>
        void app.get('/keys', (req, res) => {
          seen.push(Object.keys(req.session))
          res.json(res.locals.hubspot.identified)
        })
    })
    const ann = await loggedIn('ann')
    for (const _ of [1, 2]) expect((await ann.get('/keys')).body).toBe(true)
    expect(seen).toEqual([
      ['cookie', 'passport'],
      ['cookie', 'passport']
    ])
  })

  test('neither marks a browser nor expires cookies', async () => {
    const { app } = await createApp({
      express,
      session: false,
      options: { session: false },
      before: (app) => app.use(bearer)
    })
    const known = await supertest(app).get('/view').set('authorization', 'Bearer ann@example.com')
    const guest = await supertest(app).get('/view').set('Cookie', 'hubspot-identified=1')
    expect([...setCookies(known), ...setCookies(guest)]).toEqual([])
  })

  test('forgetOnLogout: true marks a browser, and expires cookies', async () => {
    const { app } = await createApp({
      express,
      session: false,
      options: { session: false, forgetOnLogout: true },
      before: (app) => app.use(bearer)
    })
    const known = await supertest(app).get('/view').set('authorization', 'Bearer ann@example.com')
    const guest = await supertest(app).get('/view').set('Cookie', 'hubspot-identified=1')
    expect(setCookies(known)).toEqual([expect.stringMatching(/^hubspot-identified=1;/)])
    expect(setCookies(guest)).toContainEqual(expect.stringMatching(/^messagesUtk=;.*Expires=Thu, 01 Jan 1970/))
  })
})
