// Part 1: the cost of a page view with the token on the session, compared with an app that prints a constant.

import { type PageApp, type PageKind, runPages, startPageApp } from './page-view-app.js'
import { comparePagesInOneProcess } from './page-view-one-process.js'
import type { PageVariant } from './page-view-server.js'
import type { BenchSettings } from './run.js'
import { type Section, table } from './support/report.js'
import { grouped, medianWithQuartiles, ratios, shuffled } from './support/statistics.js'

/** `again` is another process of the bare app: its difference from the first one shows the precision of the measurement. */
type Side = PageVariant | 'again'
type Contest = { name: string; side: Side; kind: PageKind }
type Sample = { perSecond: number; cpuMicroseconds: number }

const CONTESTS: readonly Contest[] = [
  { name: 'identified: bare', side: 'bare', kind: 'identified' },
  { name: 'identified: bare again', side: 'again', kind: 'identified' },
  { name: 'identified: library', side: 'library', kind: 'identified' },
  { name: 'identified: plain way', side: 'plain', kind: 'identified' },
  { name: 'anonymous: bare', side: 'bare', kind: 'anonymous' },
  { name: 'anonymous: bare again', side: 'again', kind: 'anonymous' },
  { name: 'anonymous: library', side: 'library', kind: 'anonymous' }
]

const WARM_UP_TURN = 500

/**
 * Measures part 1. Many new processes, because two processes of the same code differ by up to five per cent. Each is warmed up well,
 * because V8 optimizes code for some ten thousand pages, longer for apps with more code. Rounds are short, because the speed of the
 * machine changes, and in random order. Before each round some pages are not measured, because a process that was idle has cold caches.
 */
export async function measurePageView({ library, quick }: BenchSettings): Promise<Section> {
  const fleets = quick ? 1 : 8
  const rounds = 16
  const warmUpPages = quick ? 1500 : 12_000
  const pages = 300
  const settlingPages = 50
  const samples = new Map<string, Sample[]>(CONTESTS.map(({ name }) => [name, []]))
  let equality = ''
  for (let fleet = 0; fleet < fleets; fleet += 1) {
    const apps = await startFleet(library)
    equality = await checkEqual(apps)
    await warmUp(apps, warmUpPages)
    for (let round = 0; round < rounds; round += 1) {
      for (const { name, side, kind } of shuffled(CONTESTS)) {
        await runPages(apps[side], kind, settlingPages)
        samples.get(name)?.push(await runPages(apps[side], kind, pages))
      }
    }
    await Promise.all(Object.values(apps).map(({ child }) => child.stop()))
  }
  const section = report(
    samples,
    `${fleets * rounds} rounds of ${grouped(pages)} pages each, in ${fleets} sets of fresh processes, each warmed up with ${grouped(warmUpPages)} pages`,
    equality
  )
  return { ...section, markdown: `${section.markdown}\n\n${await comparePagesInOneProcess({ library, quick })}` }
}

async function startFleet(library: string): Promise<Record<Side, PageApp>> {
  const ours = await startPageApp(['library'], library)
  const startBare = () => startPageApp(['bare'], library, ours.snippets)
  return {
    library: ours,
    bare: await startBare(),
    again: await startBare(),
    plain: await startPageApp(['plain'], library)
  }
}

/** Checks that the library and the bare app send the same bytes, so that they can be compared. */
async function checkEqual({ library, bare }: Record<Side, PageApp>): Promise<string> {
  const said: string[] = []
  for (const kind of ['identified', 'anonymous'] as const) {
    const [ours, theirs] = [await library.page(kind), await bare.page(kind)]
    const without = (head: string) => head.replace(/\r\nDate: [^\r]*/, '')
    if (ours.body !== theirs.body || without(ours.head) !== without(theirs.head)) {
      throw new Error(
        `The ${kind} pages differ:\n${ours.head}\n${ours.body}\n--- bare:\n${theirs.head}\n${theirs.body}`
      )
    }
    said.push(`${grouped(ours.body.length)} bytes ${kind}`)
  }
  await library.child.ask('watchOutcomes')
  await runPages(library, 'identified', 200)
  const outcomes = await library.child.ask<Record<string, number>>('outcomes')
  if (outcomes['session'] === undefined || Object.keys(outcomes).length > 1)
    throw new Error(`Not every page came from the session: ${JSON.stringify(outcomes)}`)
  return `head and body of library and bare page compared byte by byte, equal (${said.join(', ')}); every identified page of the library came from the session`
}

/** All processes in turn, because one that was idle for a minute is slow for thousands of pages. */
async function warmUp(apps: Record<Side, PageApp>, pages: number): Promise<void> {
  for (let warmed = 0; warmed < pages; warmed += WARM_UP_TURN) {
    for (const { side, kind } of shuffled(CONTESTS)) await runPages(apps[side], kind, WARM_UP_TURN)
  }
}

function report(samples: ReadonlyMap<string, Sample[]>, extent: string, equality: string): Section {
  const of = (name: string, key: keyof Sample) => (samples.get(name) ?? []).map((sample) => sample[key])
  const rows = CONTESTS.map(({ name, kind }) => {
    const bare = `${kind}: bare`
    return [
      name,
      medianWithQuartiles(of(name, 'perSecond'), 0),
      medianWithQuartiles(of(name, 'cpuMicroseconds')),
      name === bare ? '1' : medianWithQuartiles(ratios(of(name, 'perSecond'), of(bare, 'perSecond')), 3),
      name === bare ? '1' : medianWithQuartiles(ratios(of(bare, 'cpuMicroseconds'), of(name, 'cpuMicroseconds')), 3)
    ]
  })
  const markdown = [
    `An express 5 app behind a proxy that ends TLS, with NODE_ENV=production, express-session (MemoryStore), Passport and a cached EJS view of 20 rows, 100 users. ${extent}, all`,
    `sides in random order, 16 connections kept alive, load from another process. Medians (quartiles); each ratio is taken within its round. Checked first: ${equality}.`,
    '',
    table([['page', 'pages/s', 'server CPU, µs/page', 'throughput / bare', 'bare CPU / CPU'], ...rows])
  ].join('\n')
  return { part: 1, title: 'Cost of a page view', markdown }
}
