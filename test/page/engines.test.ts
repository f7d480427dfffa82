// Five template engines with res.render of Express: the README's line, and its guarded form on an error page.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from '@jest/globals'
import type express5 from 'express'
import type { NextFunction, Request, Response } from 'express'
import request from 'supertest'
import { elementsIn, inlineScriptsIn, settingsSeenBy, textOf } from '../support/browser-view.js'
import { createApp, EXPRESS_MAJORS } from '../support/create-app.js'
import { ENGINE_LINES, ENGINE_SETTINGS } from '../support/engine-lines.js'

const ADDRESS = "o'brien+x&co@example.com"
const cases = EXPRESS_MAJORS.flatMap((major) => ENGINE_LINES.map((lines) => ({ ...major, ...lines })))

const folders: string[] = []
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true })
})

/** An app whose page `/` has this line; its error page is rendered from the same template. */
async function createSite(engine: string, line: string, express: typeof express5) {
  const setting = ENGINE_SETTINGS[engine]
  if (!setting) throw new Error(`${engine} is not set up.`)
  const views = await mkdtemp(join(tmpdir(), 'engines-'))
  folders.push(views)
  await writeFile(join(views, `page.${setting.extension}`), setting.page(line))
  const site = await createApp({
    express,
    options: { settings: { avoidInlineStyles: true } },
    configure: (app) => {
      app.set('views', views)
      app.get('/early', () => {
        throw new Error('before the middleware')
      })
    },
    routes: (app) => {
      app.get('/', (req, res) => res.render('page', { user: req.user }))
    }
  })
  await setting.configure(site.app, views)
  site.app.use((_error: Error, _req: Request, res: Response, _next: NextFunction) => {
    res.status(500).render('page', { user: undefined })
  })
  return site
}

/** Expects the page to have one snippet in its head, and no other elements than those of the template. */
function expectWhole(html: string, scripts: number): void {
  expect(inlineScriptsIn(html)).toHaveLength(scripts)
  expect(elementsIn(html, 'p')).toHaveLength(1)
  expect(elementsIn(html, 'img')).toEqual([])
  expect(html).not.toContain('&lt;script')
}

describe.each(cases)('$engine in $major', ({ express, engine, line, guarded }) => {
  test.each([
    ['line', line],
    ['guarded form', guarded]
  ])('the %s identifies the user, with the address exactly as it is', async (_name, used) => {
    const { loggedIn, hubspot } = await createSite(engine, used, express)
    const { text, headers } = await (await loggedIn('obrien')).get('/').expect(200)
    expectWhole(text, 1)
    const settings = settingsSeenBy(text) as Record<string, unknown>
    expect(settings['identificationEmail']).toBe(ADDRESS)
    expect(settings['avoidInlineStyles']).toBe(true)
    expect(hubspot.verify(settings['identificationToken'])).toMatchObject({ email: ADDRESS })
    expect(elementsIn(text, 'title').map(textOf)).toEqual([ADDRESS])
    expect(headers['cache-control']).toBe('private, no-store')
  })

  test('the line prints no identity without a user', async () => {
    const { browser } = await createSite(engine, line, express)
    const { text } = await browser().get('/').expect(200)
    expectWhole(text, 1)
    expect(settingsSeenBy(text)).toEqual({ avoidInlineStyles: true })
  })

  test('the guarded form renders an error page that is reached before the middleware ran', async () => {
    const { app } = await createSite(engine, guarded, express)
    const { text } = await request(app).get('/early').expect(500)
    expectWhole(text, 0)
    expect(text).toContain('id="after"')
    expect(text).not.toMatch(/undefined|ReferenceError|TypeError/)
  })
})
