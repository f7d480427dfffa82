// `npm run bench`: runs the given parts, by default all, and writes the results to RESULTS.md.
import { loadavg } from 'node:os'
import { freezeLibrary } from './support/library.js'
import { keepSection, type Section } from './support/report.js'

/** The settings of all parts. */
export type BenchSettings = { readonly library: string; readonly quick: boolean }

const PARTS: readonly ((settings: BenchSettings) => Promise<Section>)[] = [
  async (settings) => (await import('./page-view.js')).measurePageView(settings),
  async (settings) => (await import('./mint.js')).measureMint(settings),
  async (settings) => (await import('./call-count.js')).measureCallCount(settings),
  async (settings) => (await import('./trouble.js')).measureTrouble(settings),
  async (settings) => (await import('./weight.js')).measureWeight(settings),
  async (settings) => (await import('./soak.js')).soak(settings)
]

const words = process.argv.slice(2)
const quick = words.includes('--quick')
const numbers = words.filter((word) => word !== '--quick').map(Number)
if (numbers.some((number) => !PARTS[number - 1])) {
  console.error(`Usage: npm run bench -- [--quick] [1 to ${PARTS.length}, several allowed]`)
  process.exit(2)
}

const library = freezeLibrary()
for (const [at, measure] of PARTS.entries()) {
  if (numbers.length > 0 && !numbers.includes(at + 1)) continue
  const [loadBefore = 0] = loadavg()
  console.log(`\nPart ${at + 1} begins; load average ${loadBefore.toFixed(1)}`)
  keepSection(await measure({ library, quick }), { library, loadBefore })
}
