// A browser tab in the example shop: the actions of a visitor, and the errors of the page.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { credentials, type Example } from '../example-app/start-example.js'

const WIDGET = '#hubspot-simulator-widget'
const part = (name: string) => `#hubspot-simulator-${name}`

/** Time limit of a test, long because browsers are slow on a busy machine. */
export const PATIENCE_MS = 120_000

/** The identity that the chat has. */
type Identity = { email: string } | 'guest'

/** The globals of the page that tests read. */
export type ChatGlobals = {
  hsConversationsSettings?: { identificationEmail?: string; identificationToken?: string }
  HubSpotConversations: { widget: { status(): { loaded: boolean } } }
}

/** One tab, with its errors. */
export type ShopTab = Awaited<ReturnType<typeof openTab>>

const OPTIONS = {
  viewport: { width: 1280, height: 800 },
  colorScheme: 'light',
  locale: 'en-GB',
  timezoneId: 'UTC'
} as const

/** Opens a browser context with separate cookies: to the shop, another device. */
export function openDevice(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  return browser.newContext({ ...OPTIONS, ...options })
}

/** Opens a tab in a browser context. */
export async function openTab(context: BrowserContext, { url }: Pick<Example, 'url'>) {
  const page = await context.newPage()
  const complaints = await recordComplaints(page)
  page.setDefaultTimeout(PATIENCE_MS / 4)

  const visit = (path: string) => page.goto(url + path)

  async function openChat(): Promise<void> {
    if ((await page.locator(WIDGET).getAttribute('data-state')) === 'closed') await page.click(part('launcher'))
  }

  return {
    page,
    context,
    /** Errors and warnings on the console, uncaught errors, policy violations and dialogs; most tests expect none. */
    complaints,
    visit,
    openChat,

    async logIn(user: 'jane' | 'brien' | 'uma'): Promise<void> {
      await visit('/login')
      await this.fillLogin(user)
      await page.waitForURL(`${url}/account`)
    },

    async fillLogin(user: 'jane' | 'brien' | 'uma'): Promise<void> {
      const { email, password } = credentials(user)
      await page.fill('[name=email]', email)
      await page.fill('[name=password]', password)
      await page.click('main form button')
    },

    async logOut(): Promise<void> {
      await page.click('header form button')
      await page.waitForURL(`${url}/`)
    },

    /** Waits until the chat has this identity. */
    async chatKnows(who: Identity): Promise<void> {
      const state = who === 'guest' ? '[data-identified="false"]:not([data-email])' : '[data-identified="true"]'
      await page.locator(`${WIDGET}${state}`).waitFor({ state: 'attached' })
      if (who !== 'guest')
        await page.locator(`${WIDGET}[data-email=${JSON.stringify(who.email)}]`).waitFor({ state: 'attached' })
    },

    async greeting(): Promise<string | null> {
      return page.textContent(part('greeting'))
    },

    async say(text: string): Promise<void> {
      await openChat()
      await page.fill(part('input'), text)
      await page.click(part('send'))
      await page.locator(`${part('messages')} li`, { hasText: text }).waitFor()
    },

    async messages(): Promise<string[]> {
      return page.locator(`${part('messages')} li`).allTextContents()
    },

    /** The cookie by which HubSpot recognizes an anonymous visitor. */
    async guestId(): Promise<string | undefined> {
      return (await context.cookies()).find(({ name }) => name === 'messagesUtk')?.value
    },

    async identity(): Promise<{ email: string | undefined; token: string | undefined }> {
      return page.evaluate(() => {
        const settings = (globalThis as unknown as ChatGlobals).hsConversationsSettings
        return { email: settings?.identificationEmail, token: settings?.identificationToken }
      })
    }
  }
}

async function recordComplaints(page: Page): Promise<string[]> {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      console.error(`policy violated: ${effectiveDirective} ${blockedURI}`)
    })
  })
  return complaints
}

/** Waits for a condition outside the page, until the time limit of the test. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}
