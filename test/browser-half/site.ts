// A small app whose pages and token endpoint a test writes as it goes, and a browser page on it.
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

/** Answers that the token endpoint of API.md section 6 gives. */
export const answers = {
  /** Somebody, with the token of this name, which ends so many milliseconds from the server's now. */
  identified:
    (name: string, token = `${name}-1`, lifetimeMs = 12 * HOUR_MS): Endpoint =>
    async (req, res) => {
      res.set('HubSpot-Visitor', `mark of ${name}`)
      const identificationEmail = `${name}@example.com`
      const identificationToken = await req.app.locals['mint'](identificationEmail, token)
      res.json({ identificationEmail, identificationToken, expiresAt: Date.now() + lifetimeMs })
    },
  nobody: ((_req, res) => res.status(204).end()) satisfies Endpoint,
  /** No token, of this person if it says so. */
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
    /** Every question to the token endpoint. */
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

/** What `startSite()` gives. */
export type Site = Awaited<ReturnType<typeof startSite>>

/** HubSpot's embed code, ours, and the two in either order. */
export const tags = {
  hubspot: '<script src="/widget.js" defer></script>',
  chat: '<script src="/hubspot/chat.js" data-endpoint="/hubspot/token" defer></script>',
  functions: '<script src="/hubspot/chat.js"></script>'
}

/** Opens the site with a clock that the test moves; a page error fails the test that asks for `errors`. */
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
    /** Waits until the widget speaks for this person (`nobody` for a guest) and has loaded. */
    untilChatIs: async (who: string): Promise<void> => {
      const email = who === 'nobody' ? ':not([data-email])' : `[data-email="${who}"]`
      await page.locator(`#hubspot-simulator-widget[data-identified]${email}`).waitFor()
      await page.waitForFunction('HubSpotConversations.widget.status().loaded')
    },
    /** Writes to the chat, as a visitor does. */
    converse: async (): Promise<void> => {
      await page.locator('#hubspot-simulator-launcher').click()
      await page.locator('#hubspot-simulator-input').fill('Hello')
      await page.locator('#hubspot-simulator-send').click()
      await page.locator('#hubspot-simulator-status', { hasText: 'Sent' }).waitFor()
      await page.evaluate('calls.length = 0; document.querySelector("#hubspot-simulator-widget").same = true')
    },
    /** Whether the window of `converse()` is still there and open. */
    isConversing: (): Promise<boolean> =>
      page.evaluate('document.querySelector("#hubspot-simulator-widget[data-state=open]")?.same === true'),
    /** Waits until the endpoint has been asked so often, and the page has the answer in place. */
    untilAnswered: async (times: number): Promise<void> => {
      await page.waitForFunction(`window.answered >= ${times}`)
    },
    calls: (): Promise<string[]> => page.evaluate('calls'),
    settings: (): Promise<Record<string, unknown>> => page.evaluate('window.hsConversationsSettings'),
    /** One exchange with the site, so that a question that was asked before it would have come in. */
    settle: (): Promise<void> => page.evaluate('fetch("/ping").then(() => undefined)'),
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
