// HubSpot for part 6, in a separate process: the simulator with random faults, and a count of its calls.
import { answerParent, settingsFromParent } from './support/child.js'
import { loadTesting } from './support/library.js'

const OUTAGE_MS = 10_000

const { library } = settingsFromParent<{ library: string }>()
const { startHubSpotSimulator } = await loadTesting(library)
const simulator = await startHubSpotSimulator({ rateLimit: { max: 1e9, windowMs: 1000, daily: 1e9 } })

const sometimes = (share: number) => ({ times: Number.POSITIVE_INFINITY, when: () => Math.random() < share })

/** About three of a hundred calls fail, in different ways. */
function mixFaults(): void {
  simulator.respondWith(
    { status: 500, ...sometimes(0.01) },
    { reset: true, ...sometimes(0.005) },
    { truncate: true, ...sometimes(0.003) },
    { status: 400, ...sometimes(0.003) },
    { html: '<h1>Proxy</h1>', ...sometimes(0.003) },
    { delayMs: 1500, ...sometimes(0.003) },
    { hang: true, ...sometimes(0.001) },
    { status: 429, headers: { 'retry-after': '1' }, ...sometimes(0.0002) }
  )
}
mixFaults()

// The simulator keeps every call; here only their number is needed.
let seen = 0
function count(): number {
  seen += simulator.requests.length
  simulator.requests.length = 0
  return seen
}
setInterval(count, 1000)

answerParent({
  url: () => simulator.url,
  seen: count,
  /** For ten seconds every call fails. */
  outage() {
    simulator.respondWith()
    simulator.respondWith({ status: 503, times: Number.POSITIVE_INFINITY })
    setTimeout(() => {
      simulator.respondWith()
      mixFaults()
    }, OUTAGE_MS)
  }
})
