// Cache headers over real responses: no shared cache may store a page that reads an identity; other pages are not changed.
import { Readable } from 'node:stream'
import { describe, expect, test } from '@jest/globals'
import express5, { type Response } from 'express'
import onHeaders from 'on-headers'
import supertest from 'supertest'
import { hubspotIdentification } from '../../lib/index.js'
import { asUser, createApp, EXPRESS_MAJORS } from '../support/create-app.js'

type Page = (res: Response) => unknown

/** Serves one page to an identified user. */
async function serve(page: Page, express = express5) {
  const { app, errors } = await createApp({
    express,
    session: false,
    before: (app) => app.use(asUser({ email: 'ann@example.com' })),
    routes: (app) => {
      app.get('/', (_req, res) => void page(res))
    }
  })
  const { headers, text } = await supertest(app).get('/')
  const told = errors.filter(({ code }) => code !== 'ERR_SESSION_MISSING')
  return {
    headers,
    text,
    cacheControl: headers['cache-control'] as string | undefined,
    codes: told.map(({ code }) => code),
    errors: told
  }
}

const email = (res: Response) => res.locals.hubspot.email ?? 'nobody'

describe('a page that reads the identity', () => {
  test.each([
    [undefined, 'private, no-store'],
    ['private', 'private'],
    ['PRIVATE, max-age=60', 'PRIVATE, max-age=60'],
    ['no-store', 'no-store'],
    ['private, no-cache', 'private, no-cache'],
    ['no-cache', 'private, no-store'],
    ['max-age=600', 'private, no-store'],
    ['max-age=0, must-revalidate', 'private, no-store'],
    ['immutable', 'private, no-store'],
    ['private="x"', 'private, no-store'],
    ['private="x, no-store, y"', 'private, no-store'],
    ['private="Set-Cookie, no-store', 'private, no-store'],
    ['no-store, must-understand', 'private, no-store'],
    ['x-private', 'private, no-store'],
    ['', 'private, no-store']
  ])('with Cache-Control %j is sent with %j', async (given, sent) => {
    const { cacheControl, text, codes } = await serve((res) => {
      if (given !== undefined) res.setHeader('Cache-Control', given)
      res.send(email(res))
    })
    expect({ cacheControl, text, codes }).toEqual({ cacheControl: sent, text: 'ann@example.com', codes: [] })
  })

  test.each([
    [['private', 'max-age=60'], 'private, max-age=60'],
    [['no-cache', 'max-age=60'], 'private, no-store']
  ])('with several headers %j is sent with %j', async (given, sent) => {
    const { cacheControl } = await serve((res) => res.setHeader('Cache-Control', given).send(email(res)))
    expect(cacheControl).toBe(sent)
  })

  test.each([
    ['cache-control', 'public'],
    ['cache-control', 'Public, max-age=60'],
    ['cache-control', 'max-age=60, s-maxage=60'],
    ['cache-control', 'private, public'],
    ['cache-control', 's-maxage = 0'],
    ['cdn-cache-control', 'max-age=60'],
    ['surrogate-control', 'max-age=60'],
    ['cloudflare-cdn-cache-control', 'max-age=60'],
    ['vercel-cdn-cache-control', 'max-age=60'],
    ['akamai-cdn-cache-control', 'max-age=60'],
    ['edge-control', 'cache-maxage=60'],
    ['x-accel-expires', '60']
  ])('with the header %s: %s gets no identity, which is reported once', async (name, value) => {
    const { headers, text, codes, errors } = await serve((res) => {
      res.setHeader(name, value)
      const { identified, expiresAt, email, token, settings, json, snippet } = res.locals.hubspot
      res.json([identified, expiresAt ?? 0, email ?? 0, token ?? 0, settings, json, snippet])
    })
    expect(JSON.parse(text)).toEqual([false, 0, 0, 0, {}, '{}', ''])
    expect(headers[name]).toBe(value)
    expect(codes).toEqual(['ERR_PUBLIC_CACHE'])
    expect(errors[0]?.message).toContain('The identity was left out')
  })

  test.each([
    ['cdn-cache-control', 'no-store'],
    ['surrogate-control', 'private'],
    ['x-accel-expires', '0'],
    ['x-cache', 'public']
  ])('with the header %s: %s is identified', async (name, value) => {
    const { headers, text, codes } = await serve((res) => res.setHeader(name, value).send(email(res)))
    expect(text).toBe('ann@example.com')
    expect(headers[name]).toBe(value)
    expect(codes).toEqual([])
  })

  test('contains no identity if its headers were sent without private', async () => {
    const afterHead = (value: string | undefined) =>
      serve((res) => {
        if (value) res.setHeader('Cache-Control', value)
        res.flushHeaders()
        res.end(email(res))
      })
    expect(await afterHead(undefined)).toMatchObject({ text: 'nobody', codes: ['ERR_PUBLIC_CACHE'] })
    expect(await afterHead('max-age=5')).toMatchObject({ text: 'nobody', codes: ['ERR_PUBLIC_CACHE'] })
    expect(await afterHead('private')).toMatchObject({ text: 'ann@example.com', codes: [], cacheControl: 'private' })
  })

  test.each<[string, Page]>([
    ['setHeader', (res) => res.setHeader('Cache-Control', 'public, max-age=60').send('x')],
    ['set', (res) => res.set({ 'Cache-Control': 's-maxage=60' }).send('x')],
    ['a lifetime alone', (res) => res.set('Cache-Control', 'max-age=60').send('x')],
    ['writeHead with an object', (res) => res.writeHead(200, { 'Cache-Control': 'public' }).end('x')],
    ['writeHead with a reason', (res) => res.writeHead(200, 'OK', { 'cache-control': 'public' }).end('x')],
    ['writeHead with a list', (res) => res.writeHead(200, ['Cache-Control', 'public']).end('x')],
    ['a header for the CDN', (res) => res.setHeader('CDN-Cache-Control', 'max-age=60').send('x')],
    ["nginx's header", (res) => res.setHeader('X-Accel-Expires', '60').send('x')]
  ])(
    'is made private again if it became storable between the read and the sending of the headers: %s',
    async (_name, finish) => {
      const { headers, cacheControl, codes, errors } = await serve((res) => {
        email(res)
        finish(res)
      })
      expect(cacheControl).toBe('private, no-store')
      expect(headers).not.toHaveProperty('cdn-cache-control')
      expect(headers).not.toHaveProperty('x-accel-expires')
      expect(codes).toEqual(['ERR_PUBLIC_CACHE'])
      expect(errors[0]?.message).toContain('made private again')
    }
  )

  test.each<[string, Page, string]>([
    ['private', (res) => res.set('Cache-Control', 'private, max-age=5').send('x'), 'private, max-age=5'],
    [
      'without Cache-Control',
      (res) => (res.removeHeader('Cache-Control') as unknown) ?? res.send('x'),
      'private, no-store'
    ],
    ['no-cache', (res) => res.set('Cache-Control', 'no-cache').send('x'), 'private, no-store']
  ])('causes no report if its final headers are %s', async (_name, finish, sent) => {
    const { cacheControl, codes } = await serve((res) => {
      email(res)
      finish(res)
    })
    expect({ cacheControl, codes }).toEqual({ cacheControl: sent, codes: [] })
  })

  test.each(EXPRESS_MAJORS)('is private when it is streamed ($major)', async ({ express }) => {
    const { cacheControl, text } = await serve((res) => {
      const name = email(res)
      res.type('html')
      Readable.from(['<p>', name, '</p>']).pipe(res)
    }, express)
    expect({ cacheControl, text }).toEqual({ cacheControl: 'private, no-store', text: '<p>ann@example.com</p>' })
  })
})

/** How code that ran before the middleware can change headers last. */
const EARLIER: [string, (res: Response) => void][] = [
  ['on-headers', (res) => onHeaders(res, () => void res.setHeader('Cache-Control', 'public, max-age=60'))],
  ['on-headers, for the CDN', (res) => onHeaders(res, () => void res.appendHeader('Surrogate-Control', 'max-age=60'))],
  ['a wrapper of writeHead', wrapHead((res) => void res.setHeader('cache-control', 'max-age=300'))],
  ['headers for writeHead', wrapHead(() => [{ 'Cache-Control': 'public, max-age=300' }])],
  ['a list for writeHead', wrapHead(() => [['Cache-Control', 'public']])],
  [
    'a wrapper of setHeader as well',
    (res) => {
      const setHeader = res.setHeader
      res.setHeader = (...args) => setHeader.apply(res, args)
      wrapHead((res) => void res.setHeader('cache-control', 'public'))(res)
    }
  ]
]

/** Wraps `writeHead`: does something first, and passes on the arguments that this returns. */
function wrapHead(before: (res: Response) => unknown) {
  return (res: Response) => {
    const writeHead = res.writeHead as (...args: unknown[]) => Response
    const wrapped = (status: number) => writeHead.call(res, status, ...((before(res) ?? []) as unknown[]))
    Object.assign(res, { writeHead: wrapped })
  }
}

describe.each(EXPRESS_MAJORS)('code that registered with on-headers before the middleware ($major)', ({ express }) => {
  const visit = async (earlier: (res: Response) => void, user: object | undefined, page: Page) => {
    const { app, errors } = await createApp({
      express,
      session: false,
      before: (app) =>
        app.use((_req, res, next) => {
          earlier(res)
          next()
        }, asUser(user)),
      routes: (app) => void app.get('/', (_req, res) => void page(res))
    })
    const { headers, text } = await supertest(app).get('/').set('cookie', 'hubspot-identified=1')
    return { headers, text, codes: errors.map(({ code }) => code).filter((code) => code !== 'ERR_SESSION_MISSING') }
  }

  test.each(EARLIER)('cannot make a page with an identity storable, which is reported: %s', async (_name, earlier) => {
    const { headers, text, codes } = await visit(earlier, { email: 'ann@example.com' }, (res) => res.send(email(res)))
    expect(text).toBe('ann@example.com')
    expect(headers['cache-control']).toBe('private, no-store')
    expect(headers).not.toHaveProperty('surrogate-control')
    expect(codes).toEqual(['ERR_PUBLIC_CACHE'])
  })

  test.each(EARLIER)('cannot make a page that forgets storable: %s', async (_name, earlier) => {
    const { headers, codes } = await visit(earlier, undefined, (res) => res.send('x'))
    expect(headers['set-cookie']).toHaveLength(4)
    expect(headers['cache-control']).toBe('private, no-store')
    expect(headers).not.toHaveProperty('surrogate-control')
    expect(codes).toEqual([])
  })

  test('may set private values, and every other header', async () => {
    const earlier = (res: Response) =>
      onHeaders(res, () => {
        res.setHeader('Cache-Control', 'private, max-age=5')
        res.setHeader('CDN-Cache-Control', 'no-store')
        res.setHeader('X-Own', '1')
        res.removeHeader('X-Powered-By')
      })
    const { headers, codes } = await visit(earlier, { email: 'ann@example.com' }, (res) => res.send(email(res)))
    expect(headers).toMatchObject({
      'cache-control': 'private, max-age=5',
      'cdn-cache-control': 'no-store',
      'x-own': '1'
    })
    expect(headers).not.toHaveProperty('x-powered-by')
    expect(codes).toEqual([])
  })

  test('cannot remove the header; a page without an identity is not changed', async () => {
    const remove = (res: Response) => onHeaders(res, () => void res.removeHeader('Cache-Control'))
    const identified = await visit(remove, { email: 'ann@example.com' }, (res) => res.send(email(res)))
    expect(identified.headers['cache-control']).toBe('private, no-store')
    const [, publish] = EARLIER[0] as (typeof EARLIER)[0]
    const unread = await visit(publish, { email: 'ann@example.com' }, (res) => res.send('x'))
    expect(unread.headers['cache-control']).toBe('public, max-age=60')
  })
})

describe('the protection of headers that are about to be sent', () => {
  test('calls methods that the app has put on the prototype later', async () => {
    const seen: string[] = []
    const { app } = await createApp({
      session: false,
      before: (app) =>
        app.use(
          (_req, res, next) => {
            wrapHead(() => [{ 'X-Late': '1' }])(res)
            next()
          },
          asUser({ email: 'ann@example.com' })
        ),
      routes: (app) => void app.get('/', (_req, res) => void res.send(email(res)))
    })
    await supertest(app).get('/').expect('x-late', '1')
    const { setHeader } = app.response
    app.response.setHeader = function (name, value) {
      seen.push(String(name))
      return setHeader.call(this, name, value)
    }
    await supertest(app).get('/').expect('x-late', '1')
    expect(seen).toContain('X-Late')
  })
})

test('of two instances with the same localsKey, only the one whose identity was read reports', async () => {
  const { app, hubspot, errors } = await createApp({
    session: false,
    before: (app) => app.use(asUser({ email: 'ann@example.com' }))
  })
  const told: string[] = []
  const other = hubspotIdentification({
    accessToken: 'another',
    baseUrl: hubspot.url,
    onError: ({ code }) => told.push(code)
  })
  app.get('/', other, (_req, res) => void res.set('Cache-Control', 'public').send(email(res)))
  expect((await supertest(app).get('/')).text).toBe('nobody')
  expect(told).toContain('ERR_PUBLIC_CACHE')
  expect(errors.map(({ code }) => code)).not.toContain('ERR_PUBLIC_CACHE')
})

describe('a page that reads no identity', () => {
  test.each<[string, Page]>([
    ['nothing', () => undefined],
    ['whether somebody is identified', (res) => res.locals.hubspot.identified],
    ['when the token ends', (res) => res.locals.hubspot.expiresAt]
  ])('is not changed: it reads %s', async (_name, read) => {
    const { cacheControl, codes, headers } = await serve((res) => {
      read(res)
      res.set({ 'Cache-Control': 'public, max-age=60', 'CDN-Cache-Control': 'max-age=600' }).send('x')
    })
    expect({ cacheControl, codes }).toEqual({ cacheControl: 'public, max-age=60', codes: [] })
    expect(headers['cdn-cache-control']).toBe('max-age=600')
    expect(headers['set-cookie']).toBeUndefined()
    expect((await serve((res) => res.send(String(read(res))))).cacheControl).toBeUndefined()
  })
})
