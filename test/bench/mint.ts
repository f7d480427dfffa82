// Part 2: what one mint costs, against HubSpot's own client, a bare node-fetch call and a bare node:http call.
import { join } from 'node:path'
import type { Minter, MintWorkerSettings } from './mint-worker.js'
import type { BenchSettings } from './run.js'
import { type Child, startChild } from './support/child.js'
import { goal, type Section, table } from './support/report.js'
import { grouped, median, medianWithQuartiles, ratios } from './support/statistics.js'

type Sample = { wallMicroseconds: number; cpuMicroseconds: number }

const MINTERS: readonly Minter[] = ['library', 'official', 'node-fetch', 'node:http']
const NAMES: Record<Minter, string> = {
  library: 'library, `identify()`',
  official: '`@hubspot/api-client`',
  'node-fetch': 'bare node-fetch 3',
  'node:http': 'bare node:http'
}

/** Measures part 2. */
export async function measureMint({ library, quick }: BenchSettings): Promise<Section> {
  const fleets = quick ? 1 : 8
  const rounds = quick ? 5 : 4
  const calls = quick ? 300 : 800
  const samples: Record<Minter, Sample[]> = { library: [], official: [], 'node-fetch': [], 'node:http': [] }
  for (let fleet = 0; fleet < fleets; fleet += 1) {
    const server = await startChild(join(import.meta.dirname, 'token-server.ts'), {})
    const port = await server.ask<number>('port')
    const workers = {} as Record<Minter, Child>
    for (const minter of MINTERS) {
      const settings: MintWorkerSettings = { minter, port, library }
      workers[minter] = await startChild(join(import.meta.dirname, 'mint-worker.ts'), settings)
      await workers[minter].ask('run', 3000)
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const minter of round % 2 === 0 ? MINTERS : MINTERS.toReversed()) {
        samples[minter].push(await workers[minter].ask<Sample>('run', calls))
      }
    }
    const expected = MINTERS.length * (3000 + rounds * calls)
    const counted = await server.ask<number>('calls')
    if (counted !== expected)
      throw new Error(`${counted} calls arrived instead of ${expected}: somebody shared or repeated`)
    await Promise.all([server, ...Object.values(workers)].map((child) => child.stop()))
  }
  return report(
    samples,
    `${fleets * rounds} rounds of ${grouped(calls)} calls each, in ${fleets} sets of fresh processes`
  )
}

function report(samples: Record<Minter, Sample[]>, extent: string): Section {
  const of = (minter: Minter, key: keyof Sample) => samples[minter].map((sample) => sample[key])
  const against = (minter: Minter) => ratios(of('library', 'cpuMicroseconds'), of(minter, 'cpuMicroseconds'))
  const rows = MINTERS.map((minter) => [
    NAMES[minter],
    medianWithQuartiles(of(minter, 'wallMicroseconds'), 0),
    medianWithQuartiles(of(minter, 'cpuMicroseconds'), 0),
    minter === 'library' ? '1' : medianWithQuartiles(against(minter), 2)
  ])
  const official = median(against('official'))
  const nodeFetch = median(against('node-fetch'))
  const markdown = [
    `${extent}, all sides in turn, each in a process of its own, 16 calls at a time over kept-alive connections to one`,
    'plain `node:http` server in another process that answers at once; every call for a new address. Wall time is that of a round over its calls.',
    "The official client's own limiter (9 calls a second by default) was opened and it was given a keep-alive agent; the library's, in memory as by default, has points enough,",
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
