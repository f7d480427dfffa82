// Part 6: a million page views of 100,000 visitors with logins, logouts and faults mixed; memory, handles and counters afterwards.
import { join } from 'node:path'
import type { BenchSettings } from './run.js'
import type { SoakCounters, SoakMemory } from './soak-server.js'
import { type Seen, Visitors } from './soak-visitors.js'
import { lineChart } from './support/chart.js'
import { startChild } from './support/child.js'
import { goal, picture, type Section, table } from './support/report.js'
import { grouped, largest, median } from './support/statistics.js'

type Findings = {
  samples: SoakMemory[]
  before: SoakMemory
  after: SoakMemory
  counters: SoakCounters
  seen: Seen
  calls: number
  perVisitor: { session: number; memory: number }
  seconds: number
}

const TOKEN_LIFETIME_MS = 120_000
const SAMPLES = 40
/** An outage in the middle of each quarter of the samples, so that both halves have the same number of outages. */
const SAMPLES_PER_OUTAGE = SAMPLES / 4
/** The share of all page views before the first sample. */
const WARM_UP_SHARE = 0.2
/** Longer than a mint takes and than idle sockets stay open. */
const REST_MS = 40_000

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs part 6. */
export async function soak({ library, quick }: BenchSettings): Promise<Section> {
  const pages = quick ? 100_000 : 1_000_000
  const people = quick ? 10_000 : 100_000
  const hubspot = await startChild(join(import.meta.dirname, 'soak-hubspot.ts'), { library })
  const settings = { library, hubspotUrl: await hubspot.ask<string>('url'), tokenLifetimeMs: TOKEN_LIFETIME_MS }
  const app = await startChild(join(import.meta.dirname, 'soak-server.ts'), settings, { nodeOptions: ['--expose-gc'] })
  const before = await app.ask<SoakMemory>('memory')
  const visitors = new Visitors(await app.ask<number>('port'), people)
  const startedAtMs = performance.now()
  // Creates about as many sessions as the store has at the end.
  await visitors.comeOnce()
  // Fills the library's bounded caches, including that of refused visitors. Later growth would be unbounded.
  await hubspot.ask('outage')
  await visitors.view(pages * WARM_UP_SHARE)
  const samples: SoakMemory[] = []
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    if (sample % SAMPLES_PER_OUTAGE === SAMPLES_PER_OUTAGE / 2) await hubspot.ask('outage')
    await visitors.view(pages / SAMPLES)
    samples.push(await app.ask<SoakMemory>('memory'))
  }
  const seconds = (performance.now() - startedAtMs) / 1000
  visitors.close()
  await pause(REST_MS)
  const after = await app.ask<SoakMemory>('memory')
  const counters = await app.ask<SoakCounters>('counters')
  const calls = await hubspot.ask<number>('seen')
  const session = await app.ask<number>('sessionBytes')
  await app.stop()
  const unused = await startChild(join(import.meta.dirname, 'soak-server.ts'), settings, {
    nodeOptions: ['--expose-gc']
  })
  const perVisitor = { session, memory: await unused.ask<number>('tokenBytes', people) }
  await Promise.all([unused.stop(), hubspot.stop()])
  return report({ samples, before, after, counters, seen: visitors.seen, calls, perVisitor, seconds }, pages, people)
}

function report(findings: Findings, pages: number, people: number): Section {
  const { samples, before, after, counters, seen, calls, perVisitor, seconds } = findings
  const heap = samples.map(({ heapMiB }) => heapMiB)
  const [first, last] = [heap.slice(0, SAMPLES / 2), heap.slice(SAMPLES / 2)]
  const growth = median(last) / median(first)
  const sessions = samples.map(({ sessionMiB }) => sessionMiB.toFixed(1))
  const sum = (names: string[]) => names.reduce((all, name) => all + (counters.outcomes[name] ?? 0), 0)
  const told = sum(Object.keys(counters.outcomes))
  const toldIdentified = sum(['session', 'memory', 'store', 'minted', 'shared'])
  // HubSpot does not see an attempt whose connection breaks before it is read.
  const unseen = counters.attempts - calls
  const checks: [string, number, number][] = [
    ['page views: visitors / request events', seen.pages, told],
    ['identified pages: visitors / request events', seen.identified, toldIdentified],
    ['anonymous pages: visitors / request events', seen.anonymous, counters.outcomes['anonymous'] ?? 0],
    ['calls: HubSpot / attempts in mint events', calls, counters.attempts],
    ['pages with somebody else’s identity, or one for nobody', seen.wrong, 0],
    ['unhandled rejections', counters.unhandled, 0]
  ]
  const isRight = ([, left, right]: [string, number, number]) =>
    left === right || (right === counters.attempts && unseen > 0 && unseen <= calls / 1000)
  const addsUp = checks.every(isRight)
  const list = (counts: Record<string, number>) =>
    Object.entries(counts)
      .sort(([, a], [, b]) => b - a)
      .map(([name, count]) => `${name} ${grouped(count)}`)
      .join(', ')
  const handlesBack = JSON.stringify(sorted(before.handles)) === JSON.stringify(sorted(after.handles))
  const step = pages / SAMPLES
  const warmUp = seen.pages - pages
  const line = (label: string, key: 'heapMiB' | 'rssMiB') => ({
    label,
    points: samples.map((sample, at) => [(warmUp + (at + 1) * step) / 1000, sample[key]] as const)
  })
  const chart = lineChart(
    `Memory over ${grouped(seen.pages)} page views`,
    'After a garbage collection each; the heap without the text of the sessions, which are in the same process.',
    {
      lines: [line('heap in use', 'heapMiB'), line('resident', 'rssMiB')],
      xName: 'thousand page views',
      yName: 'MiB'
    }
  )
  const markdown = [
    `${grouped(seen.pages)} page views of ${grouped(people)} visitors in ${grouped(seconds)} s, ${grouped(seen.logins)} logins, ${grouped(seen.logouts)} logouts, ${grouped(calls)} calls to the simulator, about 3% of them`,
    `answered with a fault (500, reset, truncated, 400, web page, 1.5 s late, silent, 429), and five outages of 10 s that open the breaker, one before the first sample and two in each half. Compressed: tokens live ${TOKEN_LIFETIME_MS / 1000} s instead of 12 h, so`,
    'that they end and are renewed within the run; the limiter never limits; express-session with MemoryStore in the same process.',
    `Before the first sample every visitor came once, and another ${grouped(pages * WARM_UP_SHARE)} pages were viewed, so that the bounded memories were full.`,
    '',
    table([
      ['check', '', '', 'adds up'],
      ...checks.map((check) => [check[0], grouped(check[1]), grouped(check[2]), isRight(check) ? 'yes' : 'NO'])
    ]),
    '',
    `HubSpot saw ${grouped(calls)} calls, ${unseen} fewer than were attempted (at most one in a thousand may be: a kept-alive connection that closes as it is used breaks the attempt before it arrives). Outcomes of requests: ${list(counters.outcomes)}. Of mints: ${list(counters.mints)}. Errors reported to \`onError\`: ${list(counters.faults)}.`,
    '',
    `Heap in use after garbage collection, without the text of the sessions (${sessions[0]} MiB at the first sample, ${sessions.at(-1)} MiB at the last; they are the app's), ${SAMPLES} samples: first half ${median(first).toFixed(1)} MiB, last half ${median(last).toFixed(1)} MiB (${growth.toFixed(3)}), most ${largest(heap).toFixed(1)} MiB. Active handles at the start: ${list(before.handles)}; after it: ${list(after.handles)}.`,
    '',
    `A token adds ${perVisitor.session.toFixed(0)} bytes to a session as a store keeps it (JSON), ${((perVisitor.session * 100_000) / 2 ** 20).toFixed(1)} MiB for 100,000 visitors; in the library's own memory one costs ${perVisitor.memory.toFixed(0)} bytes of heap (measured with ${grouped(people)}),`,
    `${((perVisitor.memory * 10_000) / 2 ** 20).toFixed(1)} MiB at the default limit of 10,000 entries, ${((perVisitor.memory * 100_000) / 2 ** 20).toFixed(1)} MiB with \`maxEntries: 100_000\`.`,
    '',
    picture('soak.svg', 'Memory over the soak', chart),
    '',
    goal(`memory flat, last half at most 1.05 of the first: ${growth.toFixed(3)}`, growth <= 1.05),
    '',
    goal('handles back to their start', handlesBack),
    '',
    goal('no unhandled rejection, counters add up', addsUp)
  ].join('\n')
  return { part: 6, title: 'Soak', markdown }
}

function sorted(counts: Record<string, number>): [string, number][] {
  return Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
}
