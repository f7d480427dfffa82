// Part 4: how long pages take while HubSpot is slow, silent, down, refusing or limiting, compared with the app without the library.
import { join } from 'node:path'
import type * as Testing from '../../lib/testing/index.js'
import type { BenchSettings } from './run.js'
import { dotChart } from './support/chart.js'
import { startChild } from './support/child.js'
import { loadTesting } from './support/library.js'
import { picture, type Section, table } from './support/report.js'
import { grouped, largest, quantile } from './support/statistics.js'
import type { TroubleServerSettings } from './trouble-server.js'
import { type PageTime, startVisits, type Visits } from './trouble-visits.js'

type Simulator = Awaited<ReturnType<typeof Testing.startHubSpotSimulator>>
type Scenario = { name: string; begin?: (simulator: Simulator) => unknown }
type Run = Scenario & { visits: Visits; simulator: Simulator | undefined; stop(): Promise<unknown> }

const always = { times: Number.POSITIVE_INFINITY }
const SCENARIOS: readonly Scenario[] = [
  { name: 'without the library' },
  { name: 'HubSpot well', begin: () => undefined },
  { name: 'slow: 3 s per answer', begin: (simulator) => simulator.respondWith({ delayMs: 3000, ...always }) },
  { name: 'silent: never answers', begin: (simulator) => simulator.respondWith({ hang: true, ...always }) },
  { name: 'down: connections reset', begin: (simulator) => simulator.respondWith({ reset: true, ...always }) },
  { name: 'down: port closed', begin: (simulator) => simulator.close() },
  { name: 'failing: 503', begin: (simulator) => simulator.respondWith({ status: 503, ...always }) },
  { name: 'refusing: 401', begin: (simulator) => simulator.respondWith({ status: 401, ...always }) },
  { name: 'limiting: 429', begin: (simulator) => simulator.respondWith({ status: 429, ...always }) }
]

/** Measures part 4, in real time and with the library's defaults; all apps run at the same time with the same visits. */
export async function measureTrouble({ library, quick }: BenchSettings): Promise<Section> {
  const seconds = quick ? 20 : 600
  const { startHubSpotSimulator } = await loadTesting(library)
  const runs: Run[] = []
  for (const scenario of SCENARIOS) {
    const simulator = scenario.begin ? await startHubSpotSimulator() : undefined
    const settings: TroubleServerSettings = { library, ...(simulator ? { hubspotUrl: simulator.url } : undefined) }
    const child = await startChild(join(import.meta.dirname, 'trouble-server.ts'), settings)
    const visits = await startVisits(await child.ask<number>('port'))
    runs.push({ ...scenario, visits, simulator, stop: () => Promise.all([child.stop(), simulator?.close()]) })
  }
  // In small steps, so that the mints for the known users stay within HubSpot's limit.
  await Promise.all(runs.map(({ visits }) => visits.meetKnownUsers()))
  for (const { simulator, begin } of runs) if (simulator) await begin?.(simulator)
  const callsBefore = runs.map(({ simulator }) => simulator?.requests.length ?? 0)
  const times = await Promise.all(runs.map(({ visits }) => visits.visitFor(seconds)))
  const calls = runs.map(({ simulator }, at) => (simulator?.requests.length ?? 0) - (callsBefore[at] ?? 0))
  await Promise.all(runs.map(({ stop }) => stop()))
  return report(runs, times, { calls, seconds })
}

function report(
  runs: readonly Run[],
  times: readonly PageTime[][],
  { calls, seconds }: { calls: number[]; seconds: number }
): Section {
  const ms = (value: number) => (value < 100 ? value.toFixed(1) : grouped(value))
  const of = (pages: readonly PageTime[], known: boolean) => pages.filter((page) => page.known === known)
  const three = (pages: readonly PageTime[]) => {
    const all = pages.map((page) => page.ms)
    return [quantile(all, 0.5), quantile(all, 0.99), largest(all)]
  }
  const rows = runs.map(({ name }, at) => {
    const pages = times[at] ?? []
    const identified = of(pages, true).filter((page) => page.identified).length / of(pages, true).length
    return [
      name,
      ...three(of(pages, true)).map(ms),
      ...three(of(pages, false)).map(ms),
      at === 0 ? '-' : `${(identified * 100).toFixed(0)}%`,
      at === 0 ? '-' : grouped(calls[at] ?? 0),
      pages.filter((page) => page.failed).length
    ]
  })
  const chart = dotChart(
    'Time of a page while HubSpot is in trouble',
    'Pages of users without a token yet; logarithmic; official client: PEERS.md, measured earlier, still waiting at 420 s.',
    {
      rows: [
        ...runs.map(({ name }, at) => {
          const [p50 = 0, p99 = 0, most = 0] = three(of(times[at] ?? [], false))
          return {
            label: name,
            ours: at > 0,
            dots: [
              { name: 'p50', value: p50 },
              { name: 'p99', value: p99 },
              { name: 'max', value: most }
            ]
          }
        }),
        {
          label: 'official client, silent HubSpot',
          ours: false,
          dots: [420_000, 420_000, 420_000].map((value) => ({ name: '', value }))
        }
      ],
      from: 1,
      to: 1_000_000
    }
  )
  const pages = times[0]?.length ?? 0
  const markdown = [
    `${grouped(seconds)} s in real time, nothing fast-forwarded, the library at its defaults; ${SCENARIOS.length} apps (express-session, Passport) in processes of their own side by side, each under the`,
    `same ${grouped(pages)} page views at a steady rate: half of users who had a token before the trouble began, half of users who come for the first time or return without one.`,
    'HubSpot is the simulator of `/testing`. Times in ms, connection kept alive, from request to last byte.',
    '',
    table([
      [
        'HubSpot is',
        'known p50',
        'p99',
        'max',
        'new p50',
        'p99',
        'max',
        'known identified',
        'calls to HubSpot',
        'failed pages'
      ],
      ...rows
    ]),
    '',
    picture('trouble.svg', 'Page times while HubSpot is in trouble', chart),
    '',
    "For reference, not of this run: HubSpot's own client 13.5.0 was still waiting after 420 s on a server that never answers (measured earlier, `PEERS.md` section 6.3)."
  ].join('\n')
  return { part: 4, title: 'Time of a page when HubSpot is in trouble', markdown }
}
