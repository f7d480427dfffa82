// How the doctor fetches a page: compression, redirects, cookies, and all cases in which it gets no page.
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import { html, lookAt, startSite } from './look.js'

const closing: (Server | TcpServer)[] = []
afterEach(() => {
  for (const server of closing.splice(0)) {
    if ('closeAllConnections' in server) server.closeAllConnections()
    server.close()
  }
})

async function listen(server: Server | TcpServer): Promise<string> {
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(server)
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const serve = (listener: RequestListener) => listen(createServer(listener))
const PAGE = html('')
const HTML = { 'content-type': 'text/html; charset=utf-8' }

describe('compression', () => {
  test.each([
    ['gzip', gzipSync(PAGE)],
    ['br', brotliCompressSync(PAGE)],
    ['deflate', deflateSync(PAGE)],
    ['GZIP', gzipSync(PAGE)],
    ['identity', Buffer.from(PAGE)]
  ])('%s is decoded', async (encoding, body) => {
    const asked: unknown[] = []
    const url = await serve((req, res) => {
      asked.push(req.headers['accept-encoding'])
      res.writeHead(200, { ...HTML, 'content-encoding': encoding }).end(body)
    })
    const { byId } = await lookAt(url)
    expect(byId['page']).toMatchObject({ status: 'ok', message: 'The page answers 200 with HTML.' })
    expect(asked).toEqual(['gzip, deflate, br'])
  })

  test.each(['gzip', 'br', 'deflate'])('an uncompressed answer with the header %s fails', async (encoding) => {
    const url = await serve((_req, res) => {
      res.writeHead(200, { ...HTML, 'content-encoding': encoding }).end(PAGE)
    })
    const { code, byId } = await lookAt(url)
    expect(byId['page']).toMatchObject({ status: 'failed', message: expect.stringContaining('began and broke off') })
    expect(code).toBe(1)
  })

  test('a compressed answer with a decoded size over the limit fails', async () => {
    const bomb = gzipSync(Buffer.alloc(6 * 1024 * 1024))
    const url = await serve((_req, res) => {
      res.writeHead(200, { ...HTML, 'content-encoding': 'gzip' }).end(bomb)
    })
    const { byId } = await lookAt(url)
    expect(byId['page']?.message).toBe('The page could not be read: its answer is larger than 5 MB.')
  })
})

describe('like a browser', () => {
  test('it sends the headers of a navigation and accepts HTML', async () => {
    const asked: Record<string, unknown>[] = []
    const url = await serve((req, res) => {
      asked.push(req.headers)
      res.writeHead(200, HTML).end(PAGE)
    })
    await lookAt(`${url}/#part`)
    expect(asked).toMatchObject([
      {
        accept: expect.stringMatching(/^text\/html/),
        'sec-fetch-dest': 'document',
        'sec-fetch-mode': 'navigate',
        'user-agent': expect.stringContaining('express-hubspot-identification')
      }
    ])
    expect(asked[0]).not.toHaveProperty('cookie')
  })

  test('it applies the cookies that a redirect sets and removes', async () => {
    const cookies: unknown[] = []
    const url = await serve((req, res) => {
      cookies.push(req.headers.cookie)
      if (req.url !== '/') {
        res.writeHead(200, HTML).end(PAGE)
        return
      }
      const set = [
        'seen=1; Path=/',
        'sid=s%3Anew; HttpOnly',
        'old=; Max-Age=0',
        'gone=; Expires=Thu, 01 Jan 1970 00:00:00 GMT'
      ]
      res.writeHead(302, { location: '/shop', 'set-cookie': set }).end()
    })
    await lookAt(url, ['--cookie', 'Cookie: sid=s%3Aold; old=1; gone=1; theme="dark, x"'])
    expect(cookies).toEqual(['sid=s%3Aold; old=1; gone=1; theme="dark, x"', 'sid=s%3Anew; theme="dark, x"; seen=1'])
  })

  test('it sends the cookie back to an app that redirects until it gets its cookie', async () => {
    const url = await serve((req, res) => {
      if (req.headers.cookie === 'test=1') res.writeHead(200, HTML).end(PAGE)
      else res.writeHead(302, { location: '/', 'set-cookie': 'test=1' }).end()
    })
    const { byId } = await lookAt(url)
    expect(byId['page']).toMatchObject({ status: 'ok', message: expect.stringContaining('after a redirect.') })
  })

  test("it calls the token endpoint with the headers of the page's script and the same cookies", async () => {
    const asked: Record<string, unknown>[] = []
    const site = await startSite({
      before: (app) => {
        app.use('/hubspot', (req, _res, next) => {
          asked.push(req.headers)
          next()
        })
      },
      routes: (app, identification) => {
        app.get('/hubspot/token', identification.tokenEndpoint())
      },
      page: (_hubspot, res) => {
        res.cookie('theme', 'dark')
        return html('<script src="/hubspot/chat.js" data-endpoint="/hubspot/token" defer></script>')
      }
    })
    const cookie = await site.cookieOf('ann')
    const { byId } = await lookAt(site.url, ['--cookie', cookie])
    expect(byId['page-identity']?.message).toBe('The visitor is identified by the token endpoint.')
    expect(asked).toMatchObject([
      { cookie: `${cookie}; theme=dark`, 'sec-fetch-site': 'same-origin', 'sec-fetch-dest': 'empty' }
    ])
  })
})

describe('another origin', () => {
  test('is printed and gets no request', async () => {
    let asked = 0
    const other = await serve((_req, res) => {
      asked += 1
      res.writeHead(200, HTML).end(PAGE)
    })
    const url = await serve((_req, res) => {
      res.writeHead(302, { location: `${other}/login?token=abc` }).end()
    })
    const { code, byId, stdout } = await lookAt(url, ['--cookie', 'sid=1'])
    expect(byId['page']).toMatchObject({
      status: 'failed',
      message: `The page redirects to another origin, ${other}; nothing was sent there.`,
      hint: expect.stringContaining('give its address to --page')
    })
    expect({ code, asked }).toEqual({ code: 1, asked: 0 })
    expect(stdout).not.toContain('token=')
  })

  test.each([
    ['no Location', {}],
    ['a malformed Location', { location: 'http://[' }],
    ['the address of a phone app', { location: 'myapp://home' }]
  ])('a redirect with %s cannot be followed', async (_, headers) => {
    const url = await serve((_req, res) => {
      res.writeHead(302, headers).end()
    })
    const { byId } = await lookAt(url)
    expect(byId['page']).toMatchObject({ status: 'failed', message: 'The page answers 302 and leads nowhere.' })
  })
})

describe('no page', () => {
  const lookBriefly = (url: string) => lookAt(url, [], { timeoutMs: 1000 })

  test('a closed port', async () => {
    const closed = createTcpServer()
    const url = await listen(closed)
    await new Promise((resolve) => closed.close(resolve))
    const { code, byId, statuses } = await lookAt(url)
    expect(byId['page']).toMatchObject({
      message: 'The page could not be read: no connection, ECONNREFUSED.',
      hint: 'Check that the app runs, and the host and port given to --page.'
    })
    expect(code).toBe(1)
    expect(new Set(Object.values(statuses))).toEqual(new Set(['failed', 'skipped']))
  })

  test('an unknown host', async () => {
    const { code, byId } = await lookAt('http://no-such-host.invalid/')
    expect(byId['page']?.message).toMatch(/no connection, E[A-Z_]+\.$/)
    expect(code).toBe(1)
  })

  test('no answer in time', async () => {
    const { byId } = await lookBriefly(await serve(() => undefined))
    expect(byId['page']).toMatchObject({
      message: 'The page could not be read: no answer within 1 s.',
      hint: expect.stringContaining('answers in time')
    })
  })

  test('an answer whose body does not end before the time-out', async () => {
    const url = await serve((_req, res) => {
      res.writeHead(200, HTML).write('<p>')
    })
    const { byId } = await lookBriefly(url)
    expect(byId['page']?.message).toBe('The page could not be read: its answer began and did not end within 1 s.')
  })

  test('endless redirects, which end at the time-out of one answer', async () => {
    const url = await serve((req, res) => {
      setTimeout(() => res.writeHead(302, { location: `${req.url}x` }).end(), 100)
    })
    const { byId } = await lookBriefly(url)
    expect(byId['page']?.message).toBe('The page could not be read: no answer within 1 s.')
  })

  test('a connection that is closed within the body', async () => {
    const url = await serve((_req, res) => {
      res.writeHead(200, { ...HTML, 'content-length': 1000 }).write('<p>', () => res.destroy())
    })
    const { byId } = await lookAt(url)
    expect(byId['page']?.message).toBe('The page could not be read: its answer began and broke off.')
  })

  test('an answer whose body is larger than the limit', async () => {
    const url = await serve((_req, res) => {
      res.writeHead(200, HTML)
      const more = () => void res.write('x'.repeat(1024 * 1024))
      res.on('drain', more)
      more()
    })
    const { byId } = await lookAt(url)
    expect(byId['page']?.message).toBe('The page could not be read: its answer is larger than 5 MB.')
  })

  test.each([
    ['https for an app on http', (port: string) => `https://127.0.0.1:${port}`, createServer()],
    [
      'a server that does not speak HTTP',
      (port: string) => `http://127.0.0.1:${port}`,
      createTcpServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0-OpenSSH\r\n'))
    ]
  ])('%s', async (_, urlOf, server) => {
    const { port } = new URL(await listen(server))
    const { code, byId } = await lookAt(urlOf(port))
    expect(byId['page']).toMatchObject({
      status: 'failed',
      message: expect.stringContaining('could not be read: no connection'),
      hint: 'Check whether the app is on http or on https.'
    })
    expect(code).toBe(1)
  })
})
