// One round of the race: two pages of a user, and at random moments a logout, a write or a switch of users on the same session.
import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from 'express-session'
import type { HubSpotSimulator } from '../../lib/testing/index.js'
import { Browser, cookieFor, type Shown } from './browser.js'
import { stored } from './stored.js'

/** The counted results of a race of many rounds. */
export type Tally = {
  requests: number
  /** Sessions that exist although they were destroyed. */
  revived: number
  /** Writes of other requests that are gone. */
  lost: number
  /** Pages or sessions with another user's token. */
  foreign: number
  /** Tokens that Passport copied to another user's session (`keepSessionInfo`); no page showed one. */
  carried: number
  /** Requests whose connection was cut without an answer. */
  cut: number
  /** Sessions that exist after the race and hold a token. */
  kept: number
}

export const createTally = (): Tally => ({ requests: 0, revived: 0, lost: 0, foreign: 0, carried: 0, cut: 0, kept: 0 })

/** The requests that run against the pages. */
export const OPPONENTS = ['logout', 'destroy', 'write', 'switch', 'switch-keeping', 'switch-in-place'] as const

export type RoundOptions = {
  readonly store: Store
  readonly simulator: HubSpotSimulator
  readonly opponent: (typeof OPPONENTS)[number]
  /** The site of the pages, and that of the opponent. */
  readonly pageUrl: string
  readonly opponentUrl: string
  /** The longest random delay of each request, in milliseconds. */
  readonly spreadMs: number
}

/** Runs the requests of a round; the returned function counts the results, and is called when nothing is in progress. */
export async function runRound(options: RoundOptions, tally: Tally): Promise<() => Promise<void>> {
  const { store, simulator, opponent, spreadMs } = options
  const sessionId = randomUUID()
  const user = `u${sessionId}`
  await createSession(store, sessionId, user)
  const pageBrowser = () => new Browser(options.pageUrl, cookieFor(sessionId))
  const other = new Browser(options.opponentUrl, cookieFor(sessionId))

  const path = {
    logout: '/logout',
    destroy: '/destroy',
    write: '/write/cart',
    switch: `/login/other-${user}`,
    'switch-keeping': `/login/other-${user}?keep`,
    'switch-in-place': `/switch-in-place/other-${user}`
  }[opponent]
  const later = async (send: () => Promise<Shown>): Promise<Shown | undefined> => {
    await wait(Math.random() * spreadMs)
    return send().catch(() => {
      tally.cut += 1
      return undefined
    })
  }
  const [answer, ...pages] = await Promise.all([
    later(() => other.post(path)),
    later(() => pageBrowser().get('/page')),
    later(() => pageBrowser().get('/page'))
  ])
  tally.requests += 3
  for (const page of pages) if (page && isForeign(page, simulator)) tally.foreign += 1

  return async () => {
    const session = await stored(store, sessionId)
    if (session?.hubspot) tally.kept += 1
    if (answer?.status !== 200) return
    if (opponent === 'write') {
      if (session?.['cart'] !== 'written') tally.lost += 1
      if (session?.hubspot && session.hubspot.email !== `${user}@example.com`) tally.foreign += 1
    } else if (opponent === 'switch-in-place') {
      if (userIn(session) !== `other-${user}`) tally.lost += 1
      else if (session?.hubspot && session.hubspot.email !== `other-${user}@example.com`) tally.foreign += 1
    } else {
      if (session) tally.revived += 1
      if (opponent.startsWith('switch')) await judgeSwitch(options, other, `other-${user}`, tally)
    }
  }
}

/** Counts the results of a login as another user: the new session, and the first page on it. */
async function judgeSwitch({ store, simulator, opponent }: RoundOptions, browser: Browser, user: string, tally: Tally) {
  const session = await stored(store, browser.sessionId)
  if (userIn(session) !== user) tally.lost += 1
  if (session?.hubspot && session.hubspot.email !== `${user}@example.com`) {
    if (opponent === 'switch-keeping') tally.carried += 1
    else tally.foreign += 1
  }
  const page = await browser.get('/page')
  tally.requests += 1
  if (page.user !== `${user}@example.com` || isForeign(page, simulator)) tally.foreign += 1
}

/** The user id that Passport keeps on the session. */
function userIn(session: Record<string, unknown> | undefined): string | undefined {
  return (session?.['passport'] as { user?: string } | undefined)?.user
}

/** Whether a page shows a token that is not its user's. */
function isForeign(page: Shown, simulator: HubSpotSimulator): boolean {
  if (page.token === null) return page.email !== null
  return page.email !== page.user || simulator.verify(page.token)?.email !== page.user
}

function createSession(store: Store, sessionId: string, user: string): Promise<void> {
  const expires = new Date(Date.now() + 3_600_000)
  const cookie = { originalMaxAge: 3_600_000, expires, httpOnly: true, path: '/' }
  return new Promise((resolve, reject) => {
    store.set(sessionId, { cookie, passport: { user } } as never, (error: unknown) =>
      error ? reject(error) : resolve()
    )
  })
}

/** Runs `count` tasks, at most `width` at a time. */
export async function inParallel<T>(count: number, width: number, run: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next
      next += 1
      results[index] = await run(index)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

/** Prints a table directly to stdout, so that it appears with every Jest reporter. */
export function printTable(title: string, rows: Record<string, string | number>[]): void {
  const columns = Object.keys(rows[0] ?? {})
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => String(row[column]).length)))
  const line = (cells: (string | number)[]) =>
    cells.map((cell, index) => String(cell).padEnd(widths[index] ?? 0)).join('  ')
  const body = rows.map((row) => line(columns.map((column) => row[column] ?? '')))
  process.stdout.write(`\n${[title, line(columns), ...body].join('\n')}\n\n`)
}
