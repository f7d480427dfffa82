// A child process: runs the races on one store, counts its calls, and prints the result as JSON.
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { RequestHandler } from 'express'
import type { Store } from 'express-session'
import type { HubSpotIdentification } from '../../lib/index.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { Browser, cookieFor } from '../session-races/browser.js'
import { createTally, inParallel, OPPONENTS, runRound, type Tally } from '../session-races/race.js'
import { type Site, startSite } from '../session-races/site.js'
import { stored } from '../session-races/stored.js'
import { type OpenStore, STORE_KINDS, type StoreKind } from './kinds.js'

/** The argument of the child process, as JSON. */
export type Task = {
  readonly kind: string
  /** The folder of the installed packages. */
  readonly packages: string
  readonly port: number
  readonly folder: string
}

/** Store calls for a page, beyond those without the library. */
export type ExtraCalls = {
  readonly get: number
  readonly set: number
  readonly destroy: number
  readonly touch: number
}

/** The result for a store. */
export type Result = {
  /** Store calls for the page that mints, and for the next page. */
  readonly first: ExtraCalls
  readonly next: ExtraCalls
  /** Whether the token is on the session, and a later page mints none. */
  readonly isKept: boolean
  readonly rolling: Tally
  readonly plain: Tally
  /** Sessions that expire earlier in the store than the page said. */
  readonly shortened: number
  /** The same races without the library. */
  readonly withoutUs: Tally
  readonly unhandled: string[]
}

const ROUNDS = 78
const SPREAD_MS = 12
const WIDTH = 13
const HOUR_MS = 3_600_000
/** Stores round times to whole seconds. */
const TOLERANCE_MS = 2000

const unhandled: string[] = []
process.on('unhandledRejection', (error) => unhandled.push(String(error)))

/** Used in place of the library's middleware: identifies nobody. */
const nothing: RequestHandler = (_req, res, next) => {
  res.locals.hubspot = {} as never
  next()
}

type Quiet = { readonly site: Site; quiet(): Promise<void> }

/** A site on the store, and a function that waits until nothing is in progress. */
async function openSite(open: OpenStore, simulator: HubSpotSimulator, rolling: boolean, isOurs = true): Promise<Quiet> {
  let identification: HubSpotIdentification | undefined
  const site = await startSite({
    store: open.store,
    baseUrl: simulator.url,
    session: { rolling, cookie: { maxAge: HOUR_MS } },
    ...(isOurs ? {} : { identify: nothing }),
    routes: (_app, handler) => {
      identification = handler as HubSpotIdentification
    }
  })
  open.wrap?.()
  const quiet = async () => {
    while (site.open() > 0) await turn()
    if (isOurs) await identification?.settled()
    // Some stores go on working after they have called back.
    await wait(60)
  }
  return { site, quiet }
}

async function race(open: OpenStore, simulator: HubSpotSimulator, rolling: boolean, isOurs = true): Promise<Tally> {
  const tally = createTally()
  const { site, quiet } = await openSite(open, simulator, rolling, isOurs)
  site.hooks.duringMint = () => wait(Math.random() * SPREAD_MS)
  site.hooks.whileRendering = () => wait(Math.random() * SPREAD_MS)
  // The library watches the store from its first request on.
  await new Browser(site.url).get('/page')
  const judges = await inParallel(ROUNDS, WIDTH, (index) => {
    const opponent = OPPONENTS[index % OPPONENTS.length] as (typeof OPPONENTS)[number]
    const urls = { pageUrl: site.url, opponentUrl: site.url }
    return runRound({ store: open.store, simulator, opponent, ...urls, spreadMs: 3 * SPREAD_MS }, tally)
  })
  await quiet()
  await inParallel(judges.length, WIDTH, (index) => (judges[index] as () => Promise<void>)())
  await quiet()
  await site.close()
  return tally
}

/** A logged-in session that has half of its hour left. */
function createSession(store: Store, sessionId: string): Promise<void> {
  const expires = new Date(Date.now() + HOUR_MS / 2)
  const cookie = { originalMaxAge: HOUR_MS, expires, httpOnly: true, path: '/' }
  const user = `u${sessionId}`
  return new Promise((resolve, reject) => {
    store.set(sessionId, { cookie, passport: { user } } as never, (error: unknown) =>
      error ? reject(error) : resolve()
    )
  })
}

/** Opens a page on each of five sessions; counts those that then expire earlier than the page said. */
async function countShortened(open: OpenStore, simulator: HubSpotSimulator, rolling: boolean): Promise<number> {
  const { site, quiet } = await openSite(open, simulator, rolling)
  let shortened = 0
  for (let tries = 0; tries < 5; tries += 1) {
    const sessionId = randomUUID()
    await createSession(open.store, sessionId)
    const startMs = Date.now()
    await new Browser(site.url, cookieFor(sessionId)).get('/page')
    await quiet()
    const session = await stored(open.store, sessionId)
    if (!session?.hubspot) throw new Error('The token is not on the session.')
    const untilMs = (await open.keptUntil?.(sessionId)) ?? Infinity
    const cookieUntilMs = new Date(session.cookie.expires ?? 0).getTime()
    if (Math.min(untilMs, cookieUntilMs) < startMs + HOUR_MS - TOLERANCE_MS) shortened += 1
  }
  await site.close()
  return shortened
}

const OPERATIONS = ['get', 'set', 'destroy', 'touch'] as const

/** Counts the calls of a store from now on; the returned function gives the counts and resets them. */
function countedCalls(store: Store): () => ExtraCalls {
  const none = { get: 0, set: 0, destroy: 0, touch: 0 }
  let calls = { ...none }
  for (const name of OPERATIONS) {
    const original = store[name] as ((...args: unknown[]) => unknown) | undefined
    if (!original) continue
    const counted = (...args: unknown[]): unknown => {
      calls[name] += 1
      return original.apply(store, args)
    }
    Object.assign(store, { [name]: counted })
  }
  return () => {
    const counted = calls
    calls = { ...none }
    return counted
  }
}

type Counted = { readonly calls: ExtraCalls[]; readonly isKept: boolean }

/** Counts the store calls for the first two pages of a session. */
async function countCalls(open: OpenStore, simulator: HubSpotSimulator, isOurs: boolean): Promise<Counted> {
  const takeCalls = countedCalls(open.store)
  const { site, quiet } = await openSite(open, simulator, false, isOurs)
  const sessionId = randomUUID()
  await createSession(open.store, sessionId)
  const browser = new Browser(site.url, cookieFor(sessionId))
  const calls: ExtraCalls[] = []
  for (let pages = 0; pages < 2; pages += 1) {
    takeCalls()
    await browser.get('/page')
    await quiet()
    calls.push(takeCalls())
  }
  const mints = simulator.requests.length
  await browser.get('/page')
  await quiet()
  const session = await stored(open.store, sessionId)
  await site.close()
  return { calls, isKept: session?.hubspot !== undefined && simulator.requests.length === mints }
}

function difference(ours: ExtraCalls | undefined, bare: ExtraCalls | undefined): ExtraCalls {
  if (!ours || !bare) throw new Error('A page is missing.')
  const { get, set, destroy, touch } = ours
  return { get: get - bare.get, set: set - bare.set, destroy: destroy - bare.destroy, touch: touch - bare.touch }
}

async function tryStore(kind: StoreKind, { packages, port, folder }: Task): Promise<Result> {
  const load = createRequire(join(packages, 'package.json')) as unknown as (name: string) => never
  const simulator = await startHubSpotSimulator({ rateLimit: { max: 1_000_000, daily: 10_000_000 } })
  const open = async (name: string) => {
    await mkdir(join(folder, name))
    return kind.open({ load, port, folder: join(folder, name) })
  }
  const bareStore = await open('bare')
  const withoutUs = await race(bareStore, simulator, true, false)
  await bareStore.close?.()
  const store = await open('ours')
  const plain = await race(store, simulator, false)
  const rolling = await race(store, simulator, true)
  const shortened = (await countShortened(store, simulator, false)) + (await countShortened(store, simulator, true))
  const bare = await countCalls(store, simulator, false)
  const ours = await countCalls(store, simulator, true)
  const [first, next] = [0, 1].map((page) => difference(ours.calls[page], bare.calls[page])) as [ExtraCalls, ExtraCalls]
  await store.close?.()
  await simulator.close()
  return { first, next, isKept: ours.isKept, plain, rolling, shortened, withoutUs, unhandled }
}

const task = JSON.parse(process.argv[2] ?? '{}') as Task
const kind = STORE_KINDS.find(({ name }) => name === task.kind)
if (!kind) throw new Error(`There is no store ${task.kind}.`)
const result = await tryStore(kind, task)
process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0))
