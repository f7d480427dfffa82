// Part 3: the number of calls to HubSpot for 1,000 users who view 20 pages each in 12 hours of simulated time.
import { type Deployment, deploy } from './call-count-apps.js'
import type { BenchSettings } from './run.js'
import { installSimulatedClock, moveClockTo, removeSimulatedClock } from './simulated-clock.js'
import { barChart } from './support/chart.js'
import { Connection, cookieHeader, cookiesAfter, requestText } from './support/connection.js'
import { loadTesting } from './support/library.js'
import { goal, picture, type Section, table } from './support/report.js'
import { grouped } from './support/statistics.js'

type Habit = { name: string; logins: number; hours: number }
type Contest = Deployment & { name: string }
type Step = { atMs: number; user: number; login: boolean; browser: number }

const HABITS: readonly Habit[] = [
  { name: '8 h, one login', logins: 1, hours: 8 },
  { name: '12 h, one login', logins: 1, hours: 12 },
  { name: '12 h, four logins', logins: 4, hours: 12 }
]
const CONTESTS: readonly Contest[] = [
  { name: 'one per page (the guide, literally)', way: 'page', instances: 1, sharedTokens: false },
  { name: 'one per login (tutorials)', way: 'login', instances: 1, sharedTokens: false },
  { name: 'library', way: 'library', instances: 1, sharedTokens: false },
  { name: 'library, 4 instances, no shared store', way: 'library', instances: 4, sharedTokens: false },
  { name: 'library, 4 instances, shared store', way: 'library', instances: 4, sharedTokens: true }
]
const PAGES = 20
/** How many pages of different users are requested at once. */
const AT_ONCE = 8

/** Measures part 3. */
export async function measureCallCount({ library, quick }: BenchSettings): Promise<Section> {
  installSimulatedClock()
  const { startHubSpotSimulator } = await loadTesting(library)
  const users = quick ? 100 : 1000
  const counts: { contest: Contest; calls: number[]; identified: number[] }[] = []
  let dayMs = Date.now()
  for (const contest of CONTESTS) {
    const calls: number[] = []
    const identified: number[] = []
    for (const habit of HABITS) {
      const simulator = await startHubSpotSimulator()
      const running = await deploy(contest, simulator.url, library)
      dayMs += 2 * 24 * 60 * 60 * 1000
      identified.push(await liveThroughDay(planOf(users, habit), dayMs, running.ports))
      calls.push(simulator.requests.length)
      running.stop()
      await simulator.close()
    }
    counts.push({ contest, calls, identified })
  }
  removeSimulatedClock()
  return report(counts, users)
}

/** The time of each page, evenly spread, with different times for different users; the same for all deployments. */
function planOf(users: number, { logins, hours }: Habit): Step[] {
  const steps: Step[] = []
  for (let user = 0; user < users; user += 1) {
    for (let page = 0; page < PAGES; page += 1) {
      const share = (page + ((user * 0.618_034 + page * 0.414_214) % 1)) / PAGES
      const login = page % (PAGES / logins) === 0
      steps.push({
        atMs: share * hours * 60 * 60 * 1000,
        user,
        login,
        browser: Math.floor((page * logins) / PAGES) % 2
      })
    }
  }
  return steps.sort((a, b) => a.atMs - b.atMs)
}

/** Views all pages, at each instance in turn, and counts those with an identity. */
async function liveThroughDay(steps: readonly Step[], startsAtMs: number, ports: readonly number[]): Promise<number> {
  const lanes = Array.from({ length: AT_ONCE }, () => ports.map((port) => new Connection(port)))
  const cookies = new Map<string, Map<string, string>>()
  let identified = 0
  const view = async ({ user, login, browser }: Step, lane: number, turn: number) => {
    const connection = lanes[lane]?.[turn % ports.length]
    if (!connection) return
    const who = `${user}/${browser}`
    const send = async (request: string) => {
      const answer = await connection.send(request)
      cookies.set(who, cookiesAfter(answer, cookies.get(who) ?? new Map()))
      return answer
    }
    const cookie = () => ({ cookie: cookieHeader(cookies.get(who) ?? new Map()) })
    if (login) await send(requestText('POST', `/login/${user}`, cookie()))
    const { body } = await send(requestText('GET', '/', cookie()))
    if (body.includes('identificationToken')) identified += 1
  }
  for (let at = 0; at < steps.length; at += AT_ONCE) {
    const batch = steps.slice(at, at + AT_ONCE)
    moveClockTo(startsAtMs + (batch[0]?.atMs ?? 0))
    await Promise.all(batch.map((step, lane) => view(step, lane, (at + lane) * 7 + step.user)))
  }
  for (const connection of lanes.flat()) connection.close()
  return identified
}

function report(counts: { contest: Contest; calls: number[]; identified: number[] }[], users: number): Section {
  const rows = counts.map(({ contest, calls, identified }) => [
    contest.name,
    ...calls.map(grouped),
    contest.way === 'library' ? `${((100 * Math.min(...identified)) / (users * PAGES)).toFixed(2)}%` : '-'
  ])
  const bars = counts.map(({ contest, calls }) => {
    const last = calls.at(-1) ?? 0
    return { label: contest.name, value: last, text: grouped(last), ours: contest.way === 'library' }
  })
  bars.push({ label: 'floor: one per user', value: users, text: grouped(users), ours: false })
  const title = `Calls to HubSpot: ${grouped(users)} users x ${PAGES} pages in 12 h, four logins each`
  const chart = barChart(title, 'Counted by the simulator; simulated clock. Fewer is better.', bars)
  const atFloor = counts.filter(
    ({ contest }) => contest.way === 'library' && (contest.instances === 1 || contest.sharedTokens)
  )
  const inDay = Math.max(...atFloor.map(({ calls }) => calls[0] ?? Number.NaN)) / users
  const inLifetime = Math.max(...atFloor.flatMap(({ calls }) => calls.slice(1))) / users
  const markdown = [
    `${grouped(users)} users view ${PAGES} pages each, evenly spread over 8 or 12 hours; the clock (\`Date\`) is simulated, requests, sessions and the simulator's HTTP are real. All instances`,
    'share one session store (one process plays all; each instance has its own memory) and pages go to them in turn. "Four logins": two browsers, each logged in twice, each login a new session.',
    'The library has its defaults; the shared store is a Keyv. "Identified" is the smallest share of pages, over the three days, with the token.',
    '',
    table([['calls to HubSpot', ...HABITS.map(({ name }) => name), 'identified'], ...rows]),
    '',
    picture('call-count.svg', title, chart),
    '',
    `The floor is one call per user per token lifetime: ${grouped(users)}. A page view in the last hour of a token renews it, which is a second call: over 12 h with a page`,
    'every 36 minutes that happens for every user. Without a shared store, two sessions of one user can be at two instances, which mint and renew separately.',
    '',
    goal(
      `one call per user within a token's life (8 h; one instance, or several with a shared store): ${inDay.toFixed(2)}`,
      inDay <= 1
    ),
    '',
    goal(`two with the renewal (12 h; the same): ${inLifetime.toFixed(2)}`, inLifetime <= 2)
  ].join('\n')
  return { part: 3, title: 'Calls to HubSpot', markdown }
}
