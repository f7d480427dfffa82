// The app of part 6, in a separate process with --expose-gc: counts the library's events and errors, and measures the heap.
import { subscribe } from 'node:diagnostics_channel'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session, { MemoryStore } from 'express-session'
import type { MintEvent, RequestEvent } from '../../lib/diagnostics.js'
import { answerParent, settingsFromParent } from './support/child.js'
import { loadLibrary } from './support/library.js'
import { addNumberedUsers } from './support/numbered-users.js'

/** The counts of events and errors so far. */
export type SoakCounters = {
  outcomes: Record<string, number>
  mints: Record<string, number>
  attempts: number
  faults: Record<string, number>
  unhandled: number
}

/** The state of the process after a garbage collection. */
export type SoakMemory = {
  /** The heap in use without the text of the sessions, whose number depends on the app. */
  heapMiB: number
  sessionMiB: number
  rssMiB: number
  handles: Record<string, number>
}

const { library, hubspotUrl, tokenLifetimeMs } = settingsFromParent<{
  library: string
  hubspotUrl: string
  tokenLifetimeMs: number
}>()
const counters: SoakCounters = { outcomes: {}, mints: {}, attempts: 0, faults: {}, unhandled: 0 }
const add = (counts: Record<string, number>, name: string) => {
  counts[name] = (counts[name] ?? 0) + 1
}
process.on('unhandledRejection', () => {
  counters.unhandled += 1
})
subscribe('hubspot-identification:request', (event) => add(counters.outcomes, (event as RequestEvent).outcome))
subscribe('hubspot-identification:mint', (event) => {
  const { outcome, attempts } = event as MintEvent
  add(counters.mints, outcome)
  counters.attempts += attempts
})

const { hubspotIdentification } = await loadLibrary(library)
const unlimited = { consume: async () => undefined }
const store = new MemoryStore()
const app = express()
app.use(session({ secret: 'bench', resave: false, saveUninitialized: false, store }))
addNumberedUsers(app)
app.use(
  hubspotIdentification({
    accessToken: 'pat-na1-bench',
    baseUrl: hubspotUrl,
    rateLimiter: unlimited,
    tokenLifetimeMs,
    onError: ({ code }) => add(counters.faults, code)
  })
)
app.get('/', (_req, res) => {
  res.send(res.locals.hubspot.json)
})

function memory(): SoakMemory {
  // Twice: the first collection clears weak references, the second one collects their targets.
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, rss } = process.memoryUsage()
  const handles: Record<string, number> = {}
  for (const name of process.getActiveResourcesInfo()) add(handles, name)
  const sessionMiB = sessionTexts().reduce((sum, text) => sum + text.length, 0) / 2 ** 20
  return { heapMiB: heapUsed / 2 ** 20 - sessionMiB, sessionMiB, rssMiB: rss / 2 ** 20, handles }
}

/** The size of the sessions in MemoryStore, with one byte for each character. */
function sessionTexts(): string[] {
  return Object.values((store as unknown as { sessions: Record<string, string> }).sessions)
}

/** How many bytes a token adds to a stored session. */
function sessionBytes(): number {
  const entries = sessionTexts()
    .map((text) => (JSON.parse(text) as { hubspot?: unknown }).hubspot)
    .filter((entry) => entry !== undefined)
  return entries.reduce<number>((sum, entry) => sum + JSON.stringify(entry).length, 0) / entries.length
}

/** How many bytes of memory a token needs; must be called in a process that has done nothing else. */
async function tokenBytes(visitors: number): Promise<number> {
  let minted = 0
  const { identify } = hubspotIdentification({
    accessToken: 'pat-na1-bench',
    rateLimiter: unlimited,
    cache: { maxEntries: visitors },
    fetch: async () => {
      minted += 1
      return new Response(JSON.stringify({ token: `eyJhbGciOiJIUzI1NiJ9.${String(minted).padStart(240, 'e')}.sig` }))
    }
  })
  const mintFor = async (first: number, last: number) => {
    for (let visitor = first; visitor < last; visitor += 1) await identify({ email: `visitor${visitor}@example.com` })
  }
  // The first mints warm up the code, so that the others need memory only for data.
  await mintFor(0, 1000)
  const before = memory().heapMiB
  await mintFor(1000, visitors)
  const after = memory().heapMiB
  await identify({ email: 'visitor0@example.com' })
  return ((after - before) * 2 ** 20) / (visitors - 1000)
}

const server = app.listen(0, '127.0.0.1', () => {
  server.keepAliveTimeout = 10 * 60 * 1000
  answerParent({
    port: () => (server.address() as AddressInfo).port,
    counters: () => counters,
    memory,
    sessionBytes,
    tokenBytes
  })
})
