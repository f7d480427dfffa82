// autoInsert over real responses: full pages get the snippet once, in the place that an HTML parser finds; nothing else is changed.
import { Readable } from 'node:stream'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import compression from 'compression'
import type express5 from 'express'
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import request from 'supertest'
import { hubspotIdentification } from '../../lib/index.js'
import { elementsIn, inlineScriptsIn, settingsSeenBy, textOf } from '../support/browser-view.js'
import { type AppParts, asUser, createApp, EXPRESS_MAJORS } from '../support/create-app.js'

const PAGE = '<!doctype html><html><head><title>Shop</title></head><body><h1>Hello</h1></body></html>'
const ANN = { email: 'ann@example.com' }

type Serve = (res: Response, req: Request) => unknown

/** An app with `autoInsert` and one page, where `?as=<address>` logs in. */
async function createSite(serve: Serve, { options, before, ...parts }: AppParts = {}) {
  return createApp({
    session: false,
    options: { autoInsert: true, ...options },
    before: (app) => {
      app.use((req, res, next) => asUser(req.query['as'] ? { email: req.query['as'] } : undefined)(req, res, next))
      before?.(app)
    },
    routes: (app) => {
      app.all('/', (req, res) => void serve(res, req))
    },
    ...parts
  })
}

/** A page as Ann's browser gets it. */
async function pageFor(serve: Serve, parts: AppParts = {}) {
  const { app, errors } = await createSite(serve, parts)
  const { text, headers, status } = await request(app).get(`/?as=${ANN.email}`)
  return { text, headers, status, codes: errors.map(({ code }) => code) }
}

/** How many times a page contains the snippet. */
const snippetsIn = (html: string) => html.split('identificationToken\\":').length - 1

describe.each(EXPRESS_MAJORS)('autoInsert in $major', ({ express }) => {
  test('puts the snippet at the end of the head of a page sent with res.send', async () => {
    const { text, headers } = await pageFor((res) => res.send(PAGE), { express })
    expect(settingsSeenBy(text)).toMatchObject({ identificationEmail: ANN.email })
    expect(text.replace(/<script>.*<\/script>/s, '')).toBe(PAGE)
    expect(text).toMatch(/^<!doctype html><html><head><title>Shop<\/title><script>/)
    expect(snippetsIn(text)).toBe(1)
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)))
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toBe('private, no-store')
  })

  test('puts it into a page of res.render, also with a callback', async () => {
    const configure: AppParts['configure'] = (app) => {
      app.engine('html', (_path, locals, callback) =>
        callback(null, PAGE.replace('Hello', (locals as { who: string }).who))
      )
      app.set('view engine', 'html').set('views', new URL('./views', import.meta.url).pathname)
    }
    const rendered = await pageFor((res) => res.render('page', { who: 'Zoë' }), { express, configure })
    expect(settingsSeenBy(rendered.text)).toMatchObject({ identificationEmail: ANN.email })
    expect(rendered.headers['content-length']).toBe(String(Buffer.byteLength(rendered.text)))
    const called = await pageFor(
      (res) => res.render('page', { who: 'x' }, (_error: Error, html: string) => res.status(201).send(html)),
      { express, configure }
    )
    expect(called.status).toBe(201)
    expect(snippetsIn(called.text)).toBe(1)
  })

  test.each([404, 500, 400])('puts it into a page with the status %d', async (status) => {
    expect(snippetsIn((await pageFor((res) => res.status(status).send(PAGE), { express })).text)).toBe(1)
  })

  test('does not change JSON, text, fragments, attachments, files, streams and res.end', async () => {
    const serves: Serve[] = [
      (res) => res.json({ html: PAGE }),
      (res) => res.send({ html: PAGE }),
      (res) => res.jsonp({ html: PAGE }),
      (res) => res.type('txt').send(PAGE),
      (res) => res.type('application/xml').send(PAGE),
      (res) => res.type('application/xhtml+xml').send(PAGE),
      (res) => res.attachment('page.html').send(PAGE),
      (res) => res.set('Content-Disposition', ' Attachment').send(PAGE),
      (res) => res.set('Content-Encoding', 'x-own').send(PAGE),
      (res) => res.send('<h1>A fragment</h1><script>1</script>'),
      (res) => res.send('<head><title>unfinished'),
      (res) => res.send(''),
      (res) => res.type('html').send(Buffer.from(PAGE)),
      (res) => res.type('html').end(PAGE),
      (res) => Readable.from([PAGE]).pipe(res.type('html')),
      (res) => {
        res.type('html').write(PAGE.slice(0, 50))
        res.end(PAGE.slice(50))
      },
      (res) => res.status(206).send(PAGE),
      (res) => res.sendStatus(200),
      (res) => res.redirect('/elsewhere')
    ]
    for (const serve of serves) {
      const { text, headers } = await pageFor(serve, { express })
      expect(String(text)).not.toContain('identificationToken')
      expect(headers['cache-control']).toBeUndefined()
    }
  })

  test.each([204, 304])('adds no body to an answer with the status %d', async (status) => {
    const { text, headers } = await pageFor((res) => res.status(status).send(PAGE), { express })
    expect(text).toBe('')
    expect(headers['cache-control']).toBeUndefined()
  })

  test('does not insert it when a view has printed the token', async () => {
    const { text } = await pageFor((res) => res.send(PAGE.replace('Hello', String(res.locals.hubspot.token))), {
      express
    })
    expect(text).not.toContain('<script>')
  })

  test('inserts it when it was read but not printed: by a log, or by a view that failed', async () => {
    const failing: AppParts['routes'] = (app) => {
      app.get('/', (_req, res) => {
        throw new Error(`half a page ${res.locals.hubspot.snippet}`)
      })
      app.use(((_error, _req, res, _next) => res.status(500).send(PAGE)) as ErrorRequestHandler)
    }
    const logging = (res: Response) => {
      const { token, settings, json } = res.locals.hubspot
      return String([token, settings, json]) && res.send(PAGE)
    }
    for (const parts of [
      { express, options: { portalId: 1 } },
      { express, options: { portalId: 1 }, routes: failing }
    ]) {
      const { app } = await createSite(logging, parts)
      const identified = await request(app).get(`/?as=${ANN.email}`)
      expect(snippetsIn(identified.text)).toBe(1)
      expect((await request(app).get('/')).text.split('hs-script-loader')).toHaveLength(2)
    }
  })

  test('does not change answers to HEAD and POST', async () => {
    const { app } = await createSite((res) => res.send(PAGE), { express })
    const head = await request(app).head(`/?as=${ANN.email}`)
    expect(head.headers['content-length']).toBe(String(PAGE.length))
    expect((await request(app).post(`/?as=${ANN.email}`)).text).toBe(PAGE)
  })

  test.each<[string, (res: Response) => string]>([
    ['the snippet', (res) => PAGE.replace('</head>', `${res.locals.hubspot.snippet}$&`)],
    ['json', (res) => PAGE.replace('</head>', `<script>window.x=${res.locals.hubspot.json}</script>$&`)],
    ['the settings', (res) => PAGE.replace('Hello', JSON.stringify(res.locals.hubspot.settings))]
  ])('does not insert it when a view has printed %s, also without a user', async (_name, view) => {
    let printed = ''
    const { app } = await createSite(
      (res) => {
        printed = view(res)
        res.send(printed)
      },
      { express, options: { portalId: 1, settings: { avoidInlineStyles: true } } }
    )
    expect((await request(app).get(`/?as=${ANN.email}`)).text).toBe(printed)
    expect((await request(app).get('/')).text).toBe(printed)
  })

  test.each<[string, (res: Response) => unknown]>([
    ['the address', (res) => res.locals.hubspot.email],
    ['whether somebody is identified', (res) => res.locals.hubspot.identified],
    ['when the token ends', (res) => res.locals.hubspot.expiresAt]
  ])('inserts it when a view has printed only %s', async (_name, view) => {
    const { text } = await pageFor((res) => res.send(PAGE.replace('Hello', String(view(res)))), { express })
    expect(snippetsIn(text)).toBe(1)
  })

  test.each([
    ['status first', [200, PAGE]],
    ['body first', [PAGE, 404]]
  ])("hands a status and a body on to Express 4's older res.send, %s", async (_name, args) => {
    const send = (res: Response) => (res.send as unknown as (...args: unknown[]) => void)(...args)
    const { app } = await createSite(send, { express })
    const { status, text } = await request(app)
      .get('/')
      .catch(() => ({ status: 0, text: '' }))
    const plain = await request(express().get('/', (_req, res) => send(res)))
      .get('/')
      .catch(() => ({ status: 0, text: '' }))
    expect({ status, text }).toEqual({ status: plain.status, text: plain.text })
  })

  test('does not answer 304 for a page that was cached before the login', async () => {
    for (const validate of [
      (res: Response) => res,
      (res: Response) => res.set('ETag', '"v1"'),
      (res: Response) => res.set('Last-Modified', new Date(0).toUTCString())
    ]) {
      const { app } = await createSite((res) => validate(res).send(PAGE), { express })
      const guest = await request(app).get('/')
      const cached = { 'if-none-match': guest.headers['etag'], 'if-modified-since': guest.headers['last-modified'] }
      const known = Object.fromEntries(Object.entries(cached).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >
      expect((await request(app).get('/').set(known)).status).toBe(304)
      const ann = await request(app).get(`/?as=${ANN.email}`).set(known).expect(200)
      expect(snippetsIn(ann.text)).toBe(1)
      expect(ann.headers['etag']).not.toBe(guest.headers['etag'])
    }
  })

  test('does not answer 304 by the date of such a page in an app without ETags', async () => {
    const { app } = await createSite((res) => res.set('Last-Modified', new Date(0).toUTCString()).send(PAGE), {
      express,
      configure: (app) => app.disable('etag')
    })
    const known = { 'if-modified-since': new Date(0).toUTCString() }
    await request(app).get('/').set(known).expect(304)
    const { text } = await request(app).get(`/?as=${ANN.email}`).set(known).expect(200)
    expect(snippetsIn(text)).toBe(1)
  })

  test.each<[string, 'configure' | 'before' | 'after']>([
    ['before the session', 'configure'],
    ['just before', 'before'],
    ['after', 'after']
  ])('works with compression %s', async (_name, where) => {
    const compress = compression({ threshold: 0 }) as unknown as RequestHandler
    const { app } = await createSite((res) => res.send(PAGE), {
      express,
      ...(where === 'configure' ? { configure: (app) => app.use(compress) } : {}),
      ...(where === 'before' ? { before: (app) => app.use(compress) } : {}),
      ...(where === 'after'
        ? { routes: (app) => app.get('/', compress, (_req, res) => void res.send(PAGE)) as unknown as undefined }
        : {})
    })
    for (const encoding of ['gzip', 'br', 'identity']) {
      const { body, headers } = await request(app)
        .get(`/?as=${ANN.email}`)
        .set('Accept-Encoding', encoding)
        .buffer(true)
        .parse((res, done) => {
          const chunks: Buffer[] = []
          // supertest decompresses gzip, but not brotli.
          res.on('data', (chunk: Buffer) => chunks.push(chunk))
          res.on('end', () => done(null, Buffer.concat(chunks)))
        })
      expect(headers['content-encoding'] ?? 'identity').toBe(encoding)
      expect(snippetsIn(unpack(body as Buffer))).toBe(1)
    }
  })
})

function unpack(body: Buffer): string {
  for (const unpacked of [gunzipSync, brotliDecompressSync]) {
    try {
      return unpacked(body).toString()
    } catch {
      // Another encoding, or decompressed already.
    }
  }
  return body.toString()
}

describe('the place', () => {
  const evil = '</head></body></html><img src=x onerror=alert(1)>'
  const headPage = (html: string) => `<!doctype html><html><head>${html}</head><body><p>x</p></body></html>`
  const bodyPage = (html: string) => `<!doctype html><html><head></head><body>${html}<p>x</p></body></html>`

  test.each([
    ['a script in the head', headPage(`<script>bio = "</head><img src=x onerror=alert(1)>"</script>`)],
    [
      'a script that would end at the wrong place',
      headPage(`<script>a = "<!--<script>"; b = "</head>"</script>--></script>`)
    ],
    ['a comment in the head', headPage(`<!-- ${evil} -->`)],
    ['the title', headPage(`<title>${evil}</title>`)],
    ['a style', headPage(`<style>/* ${evil} */</style>`)],
    ['a noscript', headPage(`<noscript>${evil}</noscript>`)],
    ['a template', headPage(`<template></head><p></template>`)],
    ['a meta attribute', headPage(`<meta content="${evil}">`)],
    ['a comment above the page', `<!-- ${evil} -->${headPage('')}`],
    ['a textarea', bodyPage(`<textarea>${evil}</textarea>`)],
    ['a body attribute', bodyPage(`<div title='${evil}'></div>`)],
    ['an unquoted attribute', bodyPage(`<div title=</head></div>`)],
    ['an svg', bodyPage(`<svg><title></head></title></svg>`)],
    ['an iframe', bodyPage(`<iframe srcdoc="${evil}"></iframe>`)],
    ['a raw iframe', bodyPage(`<iframe>${evil}</iframe>`)]
  ])('is not found in %s', async (_name, page) => {
    const { text } = await pageFor((res) => res.send(page))
    const own = inlineScriptsIn(text).filter((script) => textOf(script).includes('identificationToken\\":'))
    expect(own).toHaveLength(1)
    // Only the snippet is new: no other element was added, none was removed.
    expect(text.replace(`<script>${own.map(textOf)}</script>`, '')).toBe(page)
    for (const name of ['img', 'p', 'script']) {
      expect(elementsIn(text, name)).toHaveLength(elementsIn(page, name).length + (name === 'script' ? 1 : 0))
    }
  })

  test.each([
    ['no head', '<body><p>x</p></body>', '</body>'],
    ['upper case', '<HTML><HEAD><TITLE>X</TITLE></HEAD ><BODY></BODY></HTML>', '</HEAD >'],
    [
      'Windows line ends',
      '<html>\r\n<head>\r\n<title>x</title>\r\n</head>\r\n<body>\r\n</body>\r\n</html>\r\n',
      '</head>'
    ],
    [
      'characters of two code units',
      '<head><title>\u{1f600}\u{1f600} é</title></head><body>\u{1f600}</body>',
      '</head>'
    ],
    ['a byte order mark', '\ufeff<head><title>x</title></head><body></body>', '</head>'],
    ['a null character', '<head><title>a\u0000b</title></head><body></body>', '</head>']
  ])('is found in a page with %s', async (_name, page, end) => {
    const { text } = await pageFor((res) => res.send(page))
    const at = text.indexOf('<script>')
    expect(at).toBe(page.indexOf(end))
    expect(text.replace(/<script>.*<\/script>/s, '')).toBe(page)
    expect(settingsSeenBy(text)).toMatchObject({ identificationEmail: ANN.email })
  })

  test.each([
    ['a fragment that only speaks of a head', '<p>How to write &lt;/head&gt;</p>'],
    ['a fragment with </head> in a script', '<script>"</head></body>"</script>'],
    ['a fragment with </body> in a comment', '<!-- </body> --><p>x</p>'],
    ['a page whose body has an end but no beginning', '<p>x</p></body>'],
    ['a page whose head a stray element ended early', '<head><div></div></head><body><p>x</p></body>'],
    ['a page that is not finished', '<!doctype html><head><title>x</title>']
  ])('does not exist in %s', async (_name, page) => {
    const { text, headers } = await pageFor((res) => res.send(page))
    expect(text).toBe(page)
    expect(headers['cache-control']).toBeUndefined()
  })

  test('is found in a page of several megabytes', async () => {
    const page = PAGE.replace('Hello', '<p>row</p>\n'.repeat(200_000))
    const { text, headers } = await pageFor((res) => res.send(page))
    expect(snippetsIn(text)).toBe(1)
    expect(headers['content-length']).toBe(String(Buffer.byteLength(text)))
  })
})

describe('a page that gets the snippet', () => {
  test('has the nonce on it', async () => {
    const { text } = await pageFor((res) => {
      res.locals['cspNonce'] = 'abc123=='
      res.send(PAGE)
    })
    expect(text).toContain('<script nonce="abc123==">')
  })

  test('is not changed without a user if there is no snippet', async () => {
    const { app } = await createSite((res) => res.send(PAGE))
    const { text, headers } = await request(app).get('/')
    expect(text).toBe(PAGE)
    expect(headers['cache-control']).toBeUndefined()
  })

  test("loads the chat's script without a user as well, and stays public", async () => {
    const { app } = await createSite((res) => res.set('Cache-Control', 'public').send(PAGE), {
      options: { portalId: 1 }
    })
    const { text, headers } = await request(app).get('/')
    expect(text).toContain('/1.js" id="hs-script-loader"')
    expect(headers['cache-control']).toBe('public')
  })

  test('contains no identity if it is public', async () => {
    const { text, headers, codes } = await pageFor((res) => res.set('Cache-Control', 'public').send(PAGE))
    expect(text).toBe(PAGE)
    expect(headers['cache-control']).toBe('public')
    expect(codes).toContain('ERR_PUBLIC_CACHE')
  })

  test('gets nothing if the request is skipped, but a view can print the snippet', async () => {
    const options = { skip: () => true, portalId: 1 }
    expect((await pageFor((res) => res.send(PAGE), { options })).text).toBe(PAGE)
    const { text } = await pageFor((res) => res.send(res.locals.hubspot.snippet + PAGE), { options })
    expect(text).toContain('/1.js" id="hs-script-loader"')
  })

  test('gets it once if the middleware runs twice, for the user of the last run', async () => {
    const { app } = await createApp({
      session: false,
      options: { autoInsert: true },
      routes: (app, identification) => {
        app.get('/', asUser(ANN), identification, identification, (_req, res) => void res.send(PAGE))
      }
    })
    const { text } = await request(app).get('/')
    expect(snippetsIn(text)).toBe(1)
    expect(settingsSeenBy(text)).toMatchObject({ identificationEmail: ANN.email })
  })

  test('gets it from the last of two instances only', async () => {
    const { app, hubspot } = await createApp({ session: false, options: { autoInsert: true } })
    const other = hubspotIdentification({
      accessToken: 'another',
      baseUrl: hubspot.url,
      autoInsert: true,
      settings: { inlineEmbedSelector: '#other' }
    })
    app.get('/', asUser(ANN), other, (_req, res) => void res.send(PAGE))
    const { text } = await request(app).get('/')
    expect(snippetsIn(text)).toBe(1)
    expect(settingsSeenBy(text)).toMatchObject({ inlineEmbedSelector: '#other' })
  })

  test('gets it on the error page of the app', async () => {
    const { app } = await createSite(() => {
      throw new Error('of the page')
    })
    app.use((_error: Error, _req: Request, res: Response, _next: express5.NextFunction) => {
      res.status(500).send(PAGE)
    })
    const { text } = await request(app).get(`/?as=${ANN.email}`).expect(500)
    expect(snippetsIn(text)).toBe(1)
  })

  test('gets it also if res.send was wrapped after the middleware', async () => {
    let wrapped = 0
    const { text } = await pageFor((res) => {
      const send = res.send
      res.send = function sendWrapped(body) {
        wrapped += 1
        return send.call(this, body)
      }
      res.send(PAGE)
    })
    expect(snippetsIn(text)).toBe(1)
    expect(wrapped).toBe(1)
  })
})

test('without the option nothing is inserted', async () => {
  const { text } = await pageFor((res) => res.send(PAGE), { options: { autoInsert: false } })
  expect(text).toBe(PAGE)
})
