// Apps without mistakes: for a logged-in user all checks pass, and for a guest no check fails.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Response } from 'express'
import { cspDirectives } from '../../../lib/index.js'
import { EXPRESS_MAJORS } from '../../support/create-app.js'
import { ENGINE_LINES, ENGINE_SETTINGS } from '../../support/engine-lines.js'
import { embedCode, html, look, lookAt, type Site, startSite, warned } from './look.js'

const IDS = [
  'page',
  'page-snippet',
  'page-order',
  'page-loader',
  'page-csp-script',
  'page-csp-hosts',
  'page-csp-styles',
  'page-cache',
  'page-identity'
]
const ALL_WELL = Object.fromEntries(IDS.map((id) => [id, 'ok']))

let views: string
beforeAll(async () => {
  views = await mkdtemp(join(tmpdir(), 'views-'))
})
afterAll(() => rm(views, { recursive: true, force: true }))

describe.each(EXPRESS_MAJORS)('$major', ({ express }) => {
  test.each(ENGINE_LINES)('a page of $engine', async ({ engine, line }) => {
    const { extension, configure, page } = ENGINE_SETTINGS[engine] ?? fail(engine)
    await writeFile(join(views, `index.${extension}`), page(line))
    const ready: Promise<void>[] = []
    const { code, statuses, checks } = await look(
      {
        express,
        options: { portalId: '12345' },
        configure: (app) => {
          app.set('views', views)
          ready.push(configure(app, views))
        },
        routes: (app) => {
          app.get('/', (_req, res) => res.render('index'))
        }
      },
      { user: 'ann' }
    )
    await Promise.all(ready)
    expect({ code, statuses }).toEqual({ code: 0, statuses: ALL_WELL })
    expect(checks.map(({ id }) => id)).toEqual(IDS)
    expect(warned).toEqual([])
  })
})

function fail(engine: string): never {
  throw new Error(`No settings for ${engine}.`)
}

/** The strictest policy that allows everything that the chat needs. */
function strictPolicy(res: Response, chat: ReturnType<typeof cspDirectives>, scripts: string): void {
  res.setHeader(
    'Content-Security-Policy',
    [
      "default-src 'none'",
      `script-src ${scripts} ${chat.scriptSrc.join(' ')}`,
      `connect-src 'self' ${chat.connectSrc.join(' ')}`,
      `frame-src ${chat.frameSrc.join(' ')}`,
      `img-src ${chat.imgSrc.join(' ')}`,
      `style-src ${chat.styleSrc.join(' ')}`
    ].join('; ')
  )
}

describe('with a strict policy', () => {
  test.each(['na1', 'eu1', 'ap1'])('a nonce, the embed code and the hosts of %s', async (region) => {
    const site: Site = {
      options: { settings: { avoidInlineStyles: true } },
      before: (app) => {
        app.use((_req, res, next) => {
          res.locals['cspNonce'] = 'c3VycHJpc2U='
          strictPolicy(res, cspDirectives({ region }), "'nonce-c3VycHJpc2U='")
          next()
        })
      },
      page: ({ snippet }) => html(snippet + embedCode(region))
    }
    const { code, statuses } = await look(site, { user: 'ann', args: ['--region', region, '--portal-id', '12345'] })
    expect({ code, statuses }).toEqual({ code: 0, statuses: ALL_WELL })
  })

  test('a simulator on this machine, whose chat script is loaded by the snippet', async () => {
    const site = await startSite({
      options: { portalId: '12345', settings: { avoidInlineStyles: true } },
      routes: (app) => {
        app.get('/', (_req, res) => {
          res.locals['cspNonce'] = 'c3VycHJpc2U='
          strictPolicy(res, cspDirectives({ baseUrl: site.hubspot.url }), "'nonce-c3VycHJpc2U='")
          res.send(html(res.locals.hubspot.snippet))
        })
      }
    })
    const { code, statuses } = await lookAt(site.url, ['--cookie', await site.cookieOf('ann')])
    expect({ code, statuses }).toEqual({ code: 0, statuses: ALL_WELL })
  })

  test('a page without inline scripts that uses the token endpoint', async () => {
    const site: Site = {
      routes: (app, identification) => {
        app.get('/hubspot/token', identification.tokenEndpoint())
        app.get('/hubspot/chat.js', identification.browserScript())
        app.get('/', (_req, res) => {
          strictPolicy(res, cspDirectives(), "'self'")
          const start = '<script src="/hubspot/chat.js" data-endpoint="/hubspot/token" defer></script>'
          res.send(html(start + embedCode('na1')))
        })
      }
    }
    const asUser = await look(site, { user: 'ann' })
    // There is no snippet to compare with the chat's script, and no script with the setting `avoidInlineStyles`.
    const notThere = { 'page-order': 'skipped', 'page-csp-styles': 'skipped' }
    expect(asUser).toMatchObject({ code: 0, statuses: { ...ALL_WELL, ...notThere } })
    expect(asUser.byId['page-identity']?.message).toBe('The visitor is identified by the token endpoint.')
    const asGuest = await look(site)
    expect(asGuest).toMatchObject({ code: 0, statuses: { 'page-identity': 'skipped' } })
    expect(asGuest.byId['page-identity']?.message).toContain('nobody is logged in')
  })
})

describe('other pages without mistakes', () => {
  test('autoInsert with a compressed response', async () => {
    const { default: compression } = await import('compression')
    const site: Site = {
      options: { portalId: '12345', autoInsert: true },
      before: (app) => {
        app.use(compression({ threshold: 0 }))
      },
      page: () => html('')
    }
    expect(await look(site, { user: 'ann' })).toMatchObject({ code: 0, statuses: ALL_WELL })
  })

  test('a policy in a meta element of the body, which browsers ignore', async () => {
    const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'">`
    const site: Site = { options: { portalId: '12345' }, page: ({ snippet }) => html(snippet, `<div>${policy}</div>`) }
    expect(await look(site, { user: 'ann' })).toMatchObject({ code: 0, statuses: ALL_WELL })
  })

  test('a policy that allows only some paths of a host, because the doctor does not know which paths are needed', async () => {
    const site: Site = {
      page: ({ snippet }, res) => {
        res.setHeader(
          'Content-Security-Policy',
          `frame-src ${cspDirectives().frameSrc.join('/some/path/ ')}/some/path/`
        )
        return html(snippet + embedCode('na1'))
      }
    }
    expect(await look(site, { user: 'ann' })).toMatchObject({ code: 0, statuses: ALL_WELL })
  })

  test("settings in the app's own script", async () => {
    const page: Site['page'] = ({ json }) =>
      html(`<script>window.hsConversationsSettings = ${json}</script>${embedCode('na1')}`)
    expect(await look({ page }, { user: 'obrien' })).toMatchObject({ code: 0, statuses: ALL_WELL })
  })

  test("a guest's page that shared caches may store", async () => {
    const site: Site = {
      options: { portalId: '12345' },
      page: ({ snippet }, res) => {
        res.setHeader('Cache-Control', 'public, max-age=600')
        return html(snippet)
      }
    }
    const { code, byId, statuses } = await look(site)
    expect({ code, ...statuses }).toMatchObject({ code: 0, 'page-cache': 'ok', 'page-identity': 'skipped' })
    expect(byId['page-identity']?.message).toContain('--cookie')
  })

  test('a redirect within the app, whose path is not printed', async () => {
    const site: Site = {
      options: { portalId: '12345' },
      routes: (app) => {
        app.get('/', (_req, res) => res.redirect('/home/a1b2c3'))
        app.get('/home/:id', (_req, res) => void res.send(html(res.locals.hubspot.snippet)))
      }
    }
    const { code, byId } = await look(site, { user: 'ann' })
    expect(code).toBe(0)
    expect(byId['page']?.message).toBe('The page answers 200 with HTML, after a redirect.')
  })

  test('--email and --page in one run', async () => {
    const site = await startSite({ options: { portalId: '12345' }, page: ({ snippet }) => html(snippet) })
    const args = ['--cookie', await site.cookieOf('ann'), '--email', 'ann@example.com', '--base-url', site.hubspot.url]
    const { code, checks } = await lookAt(site.url, args, { env: { HUBSPOT_ACCESS_TOKEN: 'pat-na1-x' } })
    expect(code).toBe(0)
    expect(checks.map(({ id }) => id)).toEqual(expect.arrayContaining(['mint', 'rate-budget', ...IDS]))
  })
})
