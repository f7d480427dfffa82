// The visits of part 4: known users with a token on the session, and new ones, at a constant rate, however long pages take.
import { Connection, cookieHeader, cookiesAfter, requestText } from './support/connection.js'

/** One page view. */
export type PageTime = {
  readonly ms: number
  readonly known: boolean
  readonly identified: boolean
  readonly failed: boolean
}

/** The users of one app. */
export type Visits = {
  /** Logs the known users in and views pages, so that their tokens are on their sessions. */
  meetKnownUsers(): Promise<void>
  /** Views pages for this time. */
  visitFor(seconds: number): Promise<PageTime[]>
}

type Browser = { cookies: Map<string, string> }

const KNOWN_USERS = 80
/** How many times a new user returns. */
const PAGES_OF_NEW_USER = 5
const PAGES_PER_SECOND = 8

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Prepares the users of the app on this port. */
export async function startVisits(port: number): Promise<Visits> {
  const idle: Connection[] = []
  const known: Browser[] = []
  const fresh: Browser[] = []
  let lastUser = 0

  async function send(request: string) {
    const connection = idle.pop() ?? new Connection(port)
    const answer = await connection.send(request)
    idle.push(connection)
    return answer
  }

  async function logIn(): Promise<Browser> {
    lastUser += 1
    return { cookies: cookiesAfter(await send(requestText('POST', `/login/${lastUser}`)), new Map()) }
  }

  async function view(browser: Browser) {
    const answer = await send(requestText('GET', '/', { cookie: cookieHeader(browser.cookies) }))
    browser.cookies = cookiesAfter(answer, browser.cookies)
    return answer
  }

  async function timedView(browser: Browser, isKnown: boolean): Promise<PageTime> {
    const startedAtMs = performance.now()
    try {
      const { status, body } = await view(browser)
      const ms = performance.now() - startedAtMs
      return { ms, known: isKnown, identified: body.includes('identificationToken'), failed: status !== 200 }
    } catch {
      return { ms: performance.now() - startedAtMs, known: isKnown, identified: false, failed: true }
    }
  }

  return {
    async meetKnownUsers() {
      for (let user = 0; user < KNOWN_USERS; user += 1) {
        const browser = await logIn()
        known.push(browser)
        await view(browser)
        await view(browser)
      }
      // The budget of the library and the limit of HubSpot start again.
      await pause(11_000)
    },

    async visitFor(seconds) {
      const pages: Promise<PageTime>[] = []
      const startedAtMs = performance.now()
      for (let page = 0; page < seconds * PAGES_PER_SECOND; page += 1) {
        await pause(startedAtMs + (page / PAGES_PER_SECOND) * 1000 - performance.now())
        if (page % 2 === 0) {
          const browser = known[(page / 2) % known.length]
          if (browser) pages.push(timedView(browser, true))
          continue
        }
        // Every fifth of these pages is the first one of a new user.
        const nth = (page - 1) / 2
        if (nth % PAGES_OF_NEW_USER === 0) fresh.push(await logIn())
        const browser = nth % PAGES_OF_NEW_USER === 0 ? fresh.at(-1) : fresh[Math.floor(Math.random() * fresh.length)]
        if (browser) pages.push(timedView(browser, false))
      }
      const times = await Promise.all(pages)
      for (const connection of idle) connection.close()
      return times
    }
  }
}
