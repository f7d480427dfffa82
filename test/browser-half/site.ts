// A small app whose pages and token endpoint a test writes as it goes, and a browser page on it.
import { EventEmitter, once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type Request, type Response } from 'express'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { CLASSIC_SCRIPT } from '../../lib/page/browser-code.js'
import { WIDGET_SCRIPT } from './widget-script.js'

/** How the token endpoint answers. */
export type Endpoint = (req: Request, res: Response) => void

const HOUR_MS = 60 * 60 * 1000

/** Answers that the token endpoint of API.md section 6 gives. */
export const answers = {
  /** Somebody, with a token that ends so many milliseconds from the server's now. */
  identified:
    (name: string, token = `${name}-1`, lifetimeMs = 12 * HOUR_MS): Endpoint =>
    (_req, res) => {
      const expiresAt = Date.now() + lifetimeMs
      res.json({ identificationEmail: `${name}@example.com`, identificationToken: token, expiresAt })
    },
  nobody: ((_req, res) => res.status(204).end()) satisfies Endpoint,
  unavailable:
    (retryAfter: string): Endpoint =>
    (_req, res) =>
      res.status(503).set('Retry-After', retryAfter).type('application/problem+json').send('{"status":503}'),
  broken: ((req) => req.socket.destroy()) satisfies Endpoint
}

/** An answer that waits until it is let go. */
export function held(endpoint: Endpoint) {
  const gate = new EventEmitter()
  return {
    endpoint: ((req, res) => {
      gate.once('release', () => endpoint(req, res))
      gate.emit('reached')
    }) satisfies Endpoint,
    /** Resolves when the question has come in. */
    reached: once(gate, 'reached'),
    release: () => gate.emit('release')
  }
}

/** Starts the app on a free port. */
export async function startSite() {
  const app = express()
  const site = {
    /** The body of `/`. */
    html: '',
    endpoint: answers.nobody as Endpoint,
    widget: ((_req, res) => res.type('js').send(WIDGET_SCRIPT)) as Endpoint,
    /** Every question to the token endpoint. */
    asked: [] as Request[],
    url: '',
    close: async (): Promise<void> => undefined
  }
  app.get('/', (_req, res) => res.type('html').send(`<!doctype html><meta charset="utf-8">${site.html}`))
  app.get('/hubspot/token', (req, res) => {
    site.asked.push(req)
    res.set('Cache-Control', 'private, no-store')
    site.endpoint(req, res)
  })
  app.get('/hubspot/chat.js', (_req, res) => res.type('js').send(CLASSIC_SCRIPT))
  app.get('/widget.js', (req, res) => site.widget(req, res))
  app.get('/widget-data', (_req, res) => res.json({}))
  app.get('/elsewhere', (_req, res) => res.type('html').send('<title>elsewhere</title>'))
  const server: Server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  site.close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return site
}

/** What `startSite()` gives. */
export type Site = Awaited<ReturnType<typeof startSite>>

/** HubSpot's embed code, ours, and the two in either order. */
export const tags = {
  hubspot: '<script src="/widget.js" defer></script>',
  chat: '<script src="/hubspot/chat.js" data-endpoint="/hubspot/token" defer></script>',
  functions: '<script src="/hubspot/chat.js"></script>'
}

/** Counts the answers of the token endpoint, each after the code that waits for it has run; with no timer of the page's. */
const COUNT_ANSWERS = `(() => {
  const original = window.fetch
  window.answered = 0
  window.fetch = async (...args) => {
    const count = () => {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => { window.answered += 1 }
      port2.postMessage('')
    }
    if (!String(args[0]).includes('/hubspot/token')) return original(...args)
    try {
      const response = await original(...args)
      response.clone().text().then(count, count)
      return response
    } catch (error) {
      count()
      throw error
    }
  }
})()`

/** Opens the site with a clock that the test moves; a page error fails the test that asks for `errors`. */
export async function openPage(browser: Browser, site: Site) {
  const context: BrowserContext = await browser.newContext()
  const page: Page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.clock.install()
  await page.addInitScript(COUNT_ANSWERS)
  await page.goto(site.url)
  return {
    page,
    context,
    errors,
    /** Waits until the widget speaks for this person (`nobody` for a guest) and has loaded. */
    untilChatIs: async (who: string): Promise<void> => {
      await page.waitForFunction(
        `window.seen && seen.as === ${JSON.stringify(who)} && HubSpotConversations.widget.status().loaded`
      )
    },
    /** Waits until the endpoint has been asked so often, and the page has the answer in place. */
    untilAnswered: async (times: number): Promise<void> => {
      await page.waitForFunction(`window.answered >= ${times}`)
    },
    calls: (): Promise<string[]> => page.evaluate('seen.calls'),
    settings: (): Promise<Record<string, unknown>> => page.evaluate('window.hsConversationsSettings'),
    /** Plays a tab that is hidden or shown. */
    setVisible: (visible: boolean): Promise<void> =>
      page.evaluate(
        (state) => {
          Object.defineProperty(Document.prototype, 'visibilityState', { configurable: true, get: () => state })
          document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
        },
        visible ? 'visible' : 'hidden'
      )
  }
}

/** What `openPage()` gives. */
export type OpenPage = Awaited<ReturnType<typeof openPage>>
