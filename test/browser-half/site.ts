// A small app whose page and token endpoint each test sets, and a browser page on it.
import { EventEmitter, once } from 'node:events'
import express, { type Request, type Response } from 'express'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { CLASSIC_SCRIPT } from '../../lib/page/browser-code.js'
import { startHubSpotSimulator } from '../../lib/testing/index.js'
import { listen } from '../support/listen.js'
import { RECORDER } from './recorder.js'

/** How the token endpoint answers. */
export type Endpoint = (req: Request, res: Response) => unknown

const HOUR_MS = 60 * 60 * 1000

/** Answers as `tokenEndpoint()` gives them. */
export const answers = {
  /** A user, with the token of this name, which ends after `lifetimeMs`. */
  identified:
    (name: string, token = `${name}-1`, lifetimeMs = 12 * HOUR_MS): Endpoint =>
    async (req, res) => {
      res.set('HubSpot-Visitor', `mark of ${name}`)
      const identificationEmail = `${name}@example.com`
      const identificationToken = await req.app.locals['mint'](identificationEmail, token)
      res.json({ identificationEmail, identificationToken, expiresAt: Date.now() + lifetimeMs })
    },
  nobody: ((_req, res) => res.status(204).end()) satisfies Endpoint,
  /** No token, with the mark of this person if one is given. */
  unavailable:
    (retryAfter: string, name?: string): Endpoint =>
    (_req, res) =>
      (name ? res.set('HubSpot-Visitor', `mark of ${name}`) : res)
        .status(503)
        .set('Retry-After', retryAfter)
        .type('application/problem+json')
        .send('{"status":503}'),
  broken: ((req) => req.socket.destroy()) satisfies Endpoint
}

/** An answer that waits until `release` is called. */
export function held(endpoint: Endpoint) {
  const gate = new EventEmitter()
  return {
    endpoint: ((req, res) => {
      gate.once('release', () => endpoint(req, res))
      gate.emit('reached')
    }) satisfies Endpoint,
    /** Resolves when the request has arrived. */
    reached: once(gate, 'reached'),
    release: () => gate.emit('release')
  }
}

/** Starts the app on a free port, and a simulator for its chat. */
export async function startSite() {
  const simulator = await startHubSpotSimulator()
  const tokens = new Map<string, string>()
  const app = express()
  app.locals['mint'] = async (email: string, name: string): Promise<string> => {
    const token = tokens.get(name) ?? (await mint(simulator.url, email))
    tokens.set(name, token)
    return token
  }
  const site = {
    /** The body of `/`. */
    html: '',
    endpoint: answers.nobody as Endpoint,
    /** Every request to the token endpoint. */
    asked: [] as Request[],
    url: '',
    widgetUrl: `${simulator.url}/${simulator.portalId}.js`,
    close: async (): Promise<void> => undefined
  }
  app.get('/', (_req, res) => {
    const html = site.html.replaceAll('/widget.js', site.widgetUrl)
    res.type('html').send(`<!doctype html><meta charset="utf-8"><body>${html}`)
  })
  app.get('/hubspot/token', (req, res) => {
    site.asked.push(req)
    res.set('Cache-Control', 'private, no-store')
    return site.endpoint(req, res)
  })
  app.get('/hubspot/chat.js', (_req, res) => res.type('js').send(CLASSIC_SCRIPT))
  app.get('/ping', (_req, res) => res.json({}))
  app.get('/elsewhere', (_req, res) => res.type('html').send('<title>elsewhere</title>'))
  const served = await listen(app)
  site.url = served.url
  site.close = async () => {
    await served.close()
    await simulator.close()
  }
  return site
}

async function mint(url: string, email: string): Promise<string> {
  const response = await fetch(`${url}/visitor-identification/2026-09/tokens/create`, {
    method: 'POST',
    headers: { authorization: 'Bearer any', 'content-type': 'application/json' },
    body: JSON.stringify({ email, hsCustomerAgentContext: {} })
  })
  const { token } = (await response.json()) as { token: string }
  return token
}

/** The result of `startSite()`. */
export type Site = Awaited<ReturnType<typeof startSite>>

/** HubSpot's embed code, the library's chat tag, and its functions without a chat. */
export const tags = {
  hubspot: '<script src="/widget.js" defer></script>',
  chat: '<script src="/hubspot/chat.js" data-endpoint="/hubspot/token" defer></script>',
  functions: '<script src="/hubspot/chat.js"></script>'
}

/** Opens the site with a clock that the test moves; `errors` collects uncaught errors of the page. */
export async function openPage(browser: Browser, site: Site) {
  const context: BrowserContext = await browser.newContext()
  const page: Page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(String(error)))
  await page.clock.install()
  await page.addInitScript(RECORDER)
  await page.goto(site.url)
  return {
    page,
    context,
    errors,
    /** Waits until the widget has loaded and is identified as this person (`nobody`: a guest). */
    untilChatIs: async (who: string): Promise<void> => {
      const email = who === 'nobody' ? ':not([data-email])' : `[data-email="${who}"]`
      await page.locator(`#hubspot-simulator-widget[data-identified]${email}`).waitFor()
      await page.waitForFunction('HubSpotConversations.widget.status().loaded')
    },
    /** Writes a message in the chat. */
    converse: async (): Promise<void> => {
      await page.locator('#hubspot-simulator-launcher').click()
      await page.locator('#hubspot-simulator-input').fill('Hello')
      await page.locator('#hubspot-simulator-send').click()
      await page.locator('#hubspot-simulator-status', { hasText: 'Sent' }).waitFor()
      await page.evaluate('calls.length = 0; document.querySelector("#hubspot-simulator-widget").same = true')
    },
    /** Whether the chat window of `converse()` still exists and is open. */
    isConversing: (): Promise<boolean> =>
      page.evaluate('document.querySelector("#hubspot-simulator-widget[data-state=open]")?.same === true'),
    /** Waits until the page has handled this many answers of the endpoint. */
    untilAnswered: async (times: number): Promise<void> => {
      await page.waitForFunction(`window.answered >= ${times}`)
    },
    calls: (): Promise<string[]> => page.evaluate('calls'),
    settings: (): Promise<Record<string, unknown>> => page.evaluate('window.hsConversationsSettings'),
    /** Makes one request to the site, so that any request sent before has arrived. */
    settle: (): Promise<void> => page.evaluate('fetch("/ping").then(() => undefined)'),
    /** Simulates a tab that is shown or hidden. */
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

/** The result of `openPage()`. */
export type OpenPage = Awaited<ReturnType<typeof openPage>>
