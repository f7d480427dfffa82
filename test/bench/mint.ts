// Part 2: the cost of a mint, compared with HubSpot's own client, a bare node-fetch call and a bare node:http call.
import { join } from 'node:path'
import type { Minter, MintRun, MintWorkerSettings } from './mint-worker.js'
import type { BenchSettings } from './run.js'
import { type Child, startChild } from './support/child.js'
import { goal, type Section, table } from './support/report.js'
import { grouped, median, medianWithQuartiles, ratios, shuffled } from './support/statistics.js'

type Sample = { wallMicroseconds: number; cpuMicroseconds: number }

/** `again` is another process of bare node-fetch: its difference from the first one shows the precision of the measurement. */
type Contestant = Minter | 'again'

const CONTESTANTS: readonly Contestant[] = ['library', 'official', 'node-fetch', 'again', 'node:http']
const NAMES: Record<Contestant, string> = {
  library: 'library, `identify()`',
  official: '`@hubspot/api-client`',
  'node-fetch': 'bare node-fetch 3',
  again: 'bare node-fetch 3 again',
  'node:http': 'bare node:http'
}

const WARM_UP_TURN = 500

/**
 * Measures part 2. The processes are warmed up alternately, because one that was idle for half a minute is slow for thousands of calls.
 * The order of the sides is random, and each makes some calls that are not measured first.
 */
export async function measureMint({ library, quick }: BenchSettings): Promise<Section> {
  const fleets = quick ? 1 : 8
  const rounds = quick ? 5 : 6
  const calls = quick ? 200 : 400
  const settlingCalls = 100
  const warmUpCalls = quick ? 1000 : 8000
  const samples = new Map<Contestant, Sample[]>(CONTESTANTS.map((contestant) => [contestant, []]))
  for (let fleet = 0; fleet < fleets; fleet += 1) {
    const server = await startChild(join(import.meta.dirname, 'token-server.ts'), {})
    const port = await server.ask<number>('port')
    const workers = {} as Record<Contestant, Child>
    for (const contestant of CONTESTANTS) workers[contestant] = await startWorker([minterOf(contestant)], port, library)
    const run = (contestant: Contestant, calls: number) =>
      runCalls(workers[contestant], { minter: minterOf(contestant), calls })
    for (let warmed = 0; warmed < warmUpCalls; warmed += WARM_UP_TURN) {
      for (const contestant of shuffled(CONTESTANTS)) await run(contestant, WARM_UP_TURN)
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const contestant of shuffled(CONTESTANTS)) {
        await run(contestant, settlingCalls)
        samples.get(contestant)?.push(await run(contestant, calls))
      }
    }
    const expected = CONTESTANTS.length * (warmUpCalls + rounds * (settlingCalls + calls))
    await checkCalls(server, expected)
    await Promise.all([server, ...Object.values(workers)].map((child) => child.stop()))
  }
  const section = report(
    samples,
    `${fleets * rounds} rounds of ${grouped(calls)} calls each, in ${fleets} sets of fresh processes, each warmed up with ${grouped(warmUpCalls)} calls`
  )
  return { ...section, markdown: `${section.markdown}\n\n${await compareMintsInOneProcess({ library, quick })}` }
}

/** The same in one process, a few calls of each side in turn, so that all have the same conditions. */
async function compareMintsInOneProcess({ library, quick }: BenchSettings): Promise<string> {
  const processes = quick ? 1 : 4
  const rounds = quick ? 4 : 12
  const turns = 8
  const calls = 64
  const warmUpCalls = quick ? 1000 : 6000
  const shares = new Map<Contestant, number[]>(CONTESTANTS.map((contestant) => [contestant, []]))
  for (let started = 0; started < processes; started += 1) {
    const server = await startChild(join(import.meta.dirname, 'token-server.ts'), {})
    const minters = CONTESTANTS.map(minterOf)
    const worker = await startWorker(minters, await server.ask<number>('port'), library)
    for (let warmed = 0; warmed < warmUpCalls; warmed += WARM_UP_TURN) {
      for (const minter of new Set(minters)) await runCalls(worker, { minter, calls: WARM_UP_TURN })
    }
    for (let round = 0; round < rounds; round += 1) {
      const spent = new Map<Contestant, number>()
      for (let turn = 0; turn < turns; turn += 1) {
        for (const contestant of shuffled(CONTESTANTS)) {
          const minter = minterOf(contestant)
          await runCalls(worker, { minter, calls: calls / 4 })
          const { cpuMicroseconds } = await runCalls(worker, { minter, calls })
          spent.set(contestant, (spent.get(contestant) ?? 0) + cpuMicroseconds)
        }
      }
      const ours = spent.get('library') ?? Number.NaN
      for (const [contestant, value] of spent) shares.get(contestant)?.push(ours / value)
    }
    await Promise.all([worker, server].map((child) => child.stop()))
  }
  const rows = [...shares]
    .filter(([contestant]) => contestant !== 'library')
    .map(([contestant, values]) => [NAMES[contestant], medianWithQuartiles(values, 2)])
  return [
    `**In one process**, alternating after ${calls} calls, in random order: ${processes * rounds} rounds of ${turns * calls} calls each, in ${processes} processes. Closer than the`,
    'table above, because machine and process are the same for all; but the sides also share the cost of garbage collection.',
    '',
    table([['a mint by', 'library CPU / this CPU'], ...rows])
  ].join('\n')
}

function minterOf(contestant: Contestant): Minter {
  return contestant === 'again' ? 'node-fetch' : contestant
}

function startWorker(minters: Minter[], port: number, library: string): Promise<Child> {
  const settings: MintWorkerSettings = { minters: [...new Set(minters)], port, library }
  return startChild(join(import.meta.dirname, 'mint-worker.ts'), settings)
}

function runCalls(worker: Child, run: MintRun): Promise<Sample> {
  return worker.ask<Sample>('run', run)
}

async function checkCalls(server: Child, expected: number): Promise<void> {
  const counted = await server.ask<number>('calls')
  if (counted !== expected)
    throw new Error(`${counted} calls arrived instead of ${expected}: somebody shared or repeated`)
}

function report(samples: ReadonlyMap<Contestant, Sample[]>, extent: string): Section {
  const of = (contestant: Contestant, key: keyof Sample) => (samples.get(contestant) ?? []).map((sample) => sample[key])
  const against = (contestant: Contestant) =>
    ratios(of('library', 'cpuMicroseconds'), of(contestant, 'cpuMicroseconds'))
  const rows = CONTESTANTS.map((contestant) => [
    NAMES[contestant],
    medianWithQuartiles(of(contestant, 'wallMicroseconds'), 0),
    medianWithQuartiles(of(contestant, 'cpuMicroseconds'), 0),
    contestant === 'library' ? '1' : medianWithQuartiles(against(contestant), 2)
  ])
  const official = median(against('official'))
  const nodeFetch = median(against('node-fetch'))
  const markdown = [
    `${extent}, each side in a process of its own, in random order, 16 calls at a time over kept-alive connections to one`,
    'plain `node:http` server in another process that answers at once; every call for a new address. Wall time is that of a round over its calls.',
    "The official client's own limiter (9 calls a second by default) was raised, and it got a keep-alive agent; that of the library, in memory as by default, has enough points;",
    'all else is at its defaults: cache, time-outs, retries, breaker and checked answers are part of its figure.',
    '',
    table([['a mint by', 'wall, µs/call', 'CPU, µs/call', 'library CPU / this CPU'], ...rows]),
    '',
    goal(`CPU at most half of the official client's: ${official.toFixed(2)}`, official <= 0.5),
    '',
    goal(`CPU within 1.3 of a bare node-fetch call: ${nodeFetch.toFixed(2)}`, nodeFetch <= 1.3)
  ].join('\n')
  return { part: 2, title: 'Cost of a mint', markdown }
}
