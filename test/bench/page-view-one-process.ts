// The second half of part 1: the same sides in one process, a few pages of each in turn, so that all have the same conditions.
import { type PageApp, type PageKind, startPageApp } from './page-view-app.js'
import type { BenchSettings } from './run.js'
import { goal, table } from './support/report.js'
import { grouped, median, medianWithQuartiles, shuffled } from './support/statistics.js'

/** `again` is the bare side a second time. */
const SIDES = { bare: 'bare', again: 'bare', library: 'library', plain: 'plain' } as const
type Side = keyof typeof SIDES

const NAMES: Readonly<Record<Side, string>> = {
  bare: 'bare',
  again: 'bare again',
  library: 'library',
  plain: 'plain way'
}

const GOALS: readonly (readonly [PageKind, number])[] = [
  ['identified', 0.95],
  ['anonymous', 0.98]
]

const KINDS: readonly PageKind[] = ['identified', 'anonymous']

/**
 * Two processes of one app differ by a few per cent, and the speed of the machine changes by more within seconds. Here the sides share a
 * process, a heap and the code of Express; each has its own session store, because the library watches the store. In each turn, a side serves one page on each connection, after a turn that is not measured.
 * The cost of garbage collection is shared between the sides, so both tables are needed.
 */
export async function comparePagesInOneProcess({ library, quick }: BenchSettings): Promise<string> {
  const processes = quick ? 1 : 4
  const rounds = quick ? 4 : 16
  const turns = 25
  const warmUpTurns = quick ? 30 : 750
  const shares = new Map<string, number[]>()
  let pagesPerTurn = 0
  for (let started = 0; started < processes; started += 1) {
    const app = await startOneProcess(library)
    pagesPerTurn = app.connections.length
    for (let turn = 0; turn < warmUpTurns; turn += 1) await everySide(app, KINDS[turn % KINDS.length] ?? 'identified')
    for (let round = 0; round < rounds; round += 1) {
      for (const kind of KINDS) {
        const spentMs: Record<Side, number> = { bare: 0, again: 0, library: 0, plain: 0 }
        for (let turn = 0; turn < turns; turn += 1) {
          const taken = await everySide(app, kind)
          for (const side of sides()) spentMs[side] += taken[side]
        }
        for (const side of sides()) push(shares, `${kind}: ${NAMES[side]}`, spentMs.bare / spentMs[side])
      }
    }
    await app.child.stop()
  }
  const rows = [...shares]
    .filter(([name]) => !name.endsWith(': bare'))
    .map(([name, values]) => [name, medianWithQuartiles(values, 3)])
  return [
    `**In one process**, alternating after ${pagesPerTurn} pages, in random order: ${processes * rounds} rounds of ${grouped(turns * pagesPerTurn)} pages each, in ${processes} processes. Closer than`,
    'the table above, because machine and process are the same for all; but the sides also share the cost of garbage collection.',
    '',
    table([['page', 'throughput / bare'], ...rows]),
    '',
    ...GOALS.map(([kind, least]) => {
      const share = median(shares.get(`${kind}: ${NAMES.library}`) ?? [])
      return goal(`${least} of the bare throughput ${kind}, in one process: ${share.toFixed(3)}`, share >= least)
    }).flatMap((line) => [line, ''])
  ].join('\n')
}

async function startOneProcess(library: string): Promise<PageApp> {
  const probe = await startPageApp(['library'], library)
  await probe.child.stop()
  return startPageApp(['library', 'bare', 'plain'], library, probe.snippets)
}

function sides(): Side[] {
  return Object.keys(SIDES) as Side[]
}

/** One turn of each side: the milliseconds it took. */
async function everySide(app: PageApp, kind: PageKind): Promise<Record<Side, number>> {
  const taken: Record<Side, number> = { bare: 0, again: 0, library: 0, plain: 0 }
  for (const side of shuffled(sides())) {
    await takeTurn(app, kind, side)
    taken[side] = await takeTurn(app, kind, side)
  }
  return taken
}

/** One page on each connection, for different users. */
async function takeTurn({ connections, requestsTo }: PageApp, kind: PageKind, side: Side): Promise<number> {
  const texts = requestsTo.get(SIDES[side])?.[kind] ?? []
  const from = Math.floor(Math.random() * texts.length)
  const textFor = (at: number) => texts[(from + at) % texts.length] ?? ''
  const startedAtMs = performance.now()
  const answers = await Promise.all(connections.map((connection, at) => connection.send(textFor(at))))
  const takenMs = performance.now() - startedAtMs
  const wrong = answers.find(({ status }) => status !== 200)
  if (wrong) throw new Error(`A page of status ${wrong.status}`)
  return takenMs
}

function push(lists: Map<string, number[]>, name: string, value: number): void {
  const list = lists.get(name) ?? []
  list.push(value)
  lists.set(name, list)
}
