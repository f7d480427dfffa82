// A correct app causes no console output: all engines, both Express majors, with and without users, logins and logouts.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Request } from 'express'
import { hubspotIdentification, visitorFrom } from '../../lib/index.js'
import { ENGINE_LINES, ENGINE_SETTINGS } from '../support/engine-lines.js'
import { createSite, MAJORS, page, put, readView, type Site, type SiteParts, saidOnConsole, USER } from './site.js'

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

/** Pages without a user, a login, pages, a logout, and pages without a user again. */
async function walk({ browser, login }: Site, path: string): Promise<void> {
  await browser.get(path).expect(200)
  await login()
  for (let pages = 0; pages < 3; pages += 1) await browser.get(path).expect(200)
  await Promise.all([browser.get(path), browser.get(path).set('sec-fetch-dest', 'image'), browser.head(path)])
  await browser.post('/logout').expect(302)
  await browser.get(path).expect(200)
}

const logout: NonNullable<SiteParts['routes']> = (app) => {
  app.post('/logout', (req, res, next) => {
    req.logout((error) => (error ? next(error) : res.redirect('/')))
  })
}

describe.each(MAJORS)('$major', ({ express }) => {
  test.each(ENGINE_LINES)('with $engine', async ({ engine, line, guarded }) => {
    const setting = ENGINE_SETTINGS[engine]
    if (!setting) throw new Error(`${engine} is not set up.`)
    const views = await mkdtemp(join(tmpdir(), 'right-app-'))
    folders.push(views)
    await writeFile(join(views, `page.${setting.extension}`), setting.page(line))
    await writeFile(join(views, `other.${setting.extension}`), setting.page(guarded))
    const site = await createSite({
      express,
      routes(app, ...rest) {
        app.set('views', views)
        app.get('/rendered', (req, res) => res.render('page', { user: req.user }))
        app.get('/other', (req, res) => res.render('other', { user: req.user }))
        logout(app, ...rest)
      }
    })
    await setting.configure(site.app, views)
    await walk(site, '/rendered')
    await walk(site, '/other')
    expect(saidOnConsole()).toEqual([])
  })

  test.each<[string, SiteParts]>([
    [
      'with a portal, settings and a nonce',
      { options: { portalId: 12345, settings: { avoidInlineStyles: true }, nonce: () => 'bm9uY2U=' } }
    ],
    [
      'with autoInsert',
      { options: { autoInsert: true }, routes: (app) => void app.get('/page', (_req, res) => void res.send(page(''))) }
    ],
    [
      'with autoInsert and a fragment',
      {
        options: { autoInsert: true },
        routes: (app) => void app.get('/page', (_req, res) => void res.send('<p>part</p>'))
      }
    ],
    ['with a visitor of its own', { options: { visitor: (req) => (req.user ? { ...USER } : null) } }],
    ['with a visitor that answers later', { options: { visitor: async (req) => visitorFrom(req.user) } }],
    [
      'with a visitorKey',
      { options: { visitor: async (req) => visitorFrom(req.user), visitorKey: (req) => (req.user ? '1' : null) } }
    ],
    [
      'with a visitorKey that is undefined for guests',
      {
        options: {
          visitor: async (req) => visitorFrom(req.user),
          visitorKey: (req) => (req.user as { email?: string } | undefined)?.email
        }
      }
    ],
    [
      'with a skip that waits for consent',
      { options: { skip: (req) => req.get('cookie')?.includes('consent=no') ?? false } }
    ],
    ['with maxWaitMs 0', { options: { maxWaitMs: 0 } }],
    ['with marks of verification', { user: { ...USER, emailVerified: true }, options: { requireVerified: true } }],
    [
      'with a session that holds a cart',
      {
        before: (req: Request, _res, next) => {
          Object.assign(req.session, { cart: ['tea'] })
          next()
        }
      }
    ],
    [
      'with an endpoint and static pages',
      {
        routes: (app, identification) => {
          app.get('/hubspot/token', identification.tokenEndpoint())
          app.get('/page', (_req, res) => void res.send(page('')))
        }
      }
    ],
    [
      'with a login that runs the middleware again',
      {
        routes: (app, identification, login) =>
          void app.post('/in', login, identification, (_req, res) => void res.json(readView(res)))
      }
    ],
    [
      'with two instances that use different keys',
      {
        routes: (app) =>
          void app.use(
            hubspotIdentification({
              accessToken: 'another',
              sessionKey: 'other',
              localsKey: 'other',
              visitor: () => null
            })
          )
      }
    ]
  ])('%s', async (_name, parts) => {
    const site = await createSite({
      ...parts,
      express,
      routes(...args) {
        parts.routes?.(...args)
        logout(...args)
      }
    })
    await walk(site, '/page')
    expect(saidOnConsole()).toEqual([])
  })

  test('with a page without a chat, after one that printed the snippet', async () => {
    const site = await createSite({
      express,
      routes: (app) => void app.get('/plain', (_req, res) => void res.send(page('')))
    })
    await site.login()
    await site.browser.get('/page').expect(200)
    await site.browser.get('/plain').expect(200)
    expect(saidOnConsole()).toEqual([])
  })

  test.each<[string, (req: Request, done: (error?: unknown) => void) => void]>([
    ["Passport's logout", (req, done) => req.logout(done)],
    ['a session that is destroyed', (req, done) => req.session.destroy(done)]
  ])('with a page that is shown in the request of a logout: %s', async (_name, logOut) => {
    const site = await createSite({
      express,
      routes: (app) =>
        void app.get('/goodbye', (req, res, next) =>
          logOut(req, (error) => (error ? next(error) : res.send(page(res.locals.hubspot.snippet))))
        )
    })
    await site.login()
    const { text } = await site.browser.get('/goodbye').expect(200)
    expect(text).not.toContain(USER.email)
    expect(saidOnConsole()).toEqual([])
  })

  test('with session: false', async () => {
    const site = await createSite({
      express,
      order: ['identification', 'routes'],
      options: { session: false },
      before: (req, res, next) => (req.get('authorization') ? put({ user: USER })(req, res, next) : next())
    })
    await site.browser.get('/page').set('Cookie', 'signed=s%3Aabc.def').expect(200)
    const { text, headers } = await site.browser.get('/page').set('authorization', 'Bearer x').expect(200)
    expect(text).toContain(USER.email)
    expect(headers['set-cookie']).toBeUndefined()
    expect(site.hubspot.requests).toHaveLength(1)
    expect(saidOnConsole()).toEqual([])
  })
})
