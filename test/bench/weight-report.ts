// The report of part 5: text and tables, with its goals.
import { goal, type Section, table } from './support/report.js'
import { median, medianWithRange } from './support/statistics.js'
import { OFFICIAL, OURS, type Start, type Weights } from './weight.js'

/** When a dependency is loaded, if not with the package; checked by `test/package/loading.test.ts`. */
const LOADED_LATER: Readonly<Record<string, string>> = {
  'rate-limiter-flexible': 'first mint',
  parse5: '`autoInsert`'
}

/** The section of RESULTS.md. */
export function reportWeight(weights: Weights): Section {
  const { disks, starts, tarball } = weights
  const of = (name: string, key: keyof Start) => (starts.get(name) ?? []).map((start) => start[key])
  /** The best time is used, because other work on the machine can only make a start slower. */
  const quickest = (name: string) => Math.min(...of(name, 'ms'))
  const memory = (name: string) => {
    const bare = name.includes('require') ? 'bare node, CommonJS' : 'bare node'
    return median(of(name, 'rssMiB')) - median(of(bare, 'rssMiB'))
  }
  const startRows = [...starts.keys()]
    .filter((name) => !weights.dependencies.includes(name))
    .map((name) => [
      name === OFFICIAL ? `\`${name}\`` : name,
      ...(name.startsWith('bare')
        ? ['-', '-', '-']
        : [
            quickest(name).toFixed(1),
            (quickest(name) / quickest('express')).toFixed(2),
            medianWithRange(of(name, 'ms'))
          ]),
      medianWithRange(of(name, 'rssMiB')),
      name.startsWith('bare') ? '-' : `+${memory(name).toFixed(1)}`
    ])
  const addedMiB = (disk: typeof disks.ours) => (disk.kib - disks.app.kib) / 1024
  const added = [...disks.ours.byPath].filter(([path]) => !disks.app.byPath.has(path)).sort(([, a], [, b]) => b - a)
  const costs = added.map(([path, kib]) => {
    const isDirect = weights.dependencies.includes(path)
    const isLoaded = starts.has(path)
    return [
      path === OURS ? 'the package itself' : `${path}${isDirect ? '' : ' (indirect)'}`,
      (kib / 1024).toFixed(2),
      isDirect ? (LOADED_LATER[path] ?? 'import') : '-',
      isLoaded ? quickest(path).toFixed(1) : '-',
      isLoaded ? `+${memory(path).toFixed(1)}` : '-'
    ]
  })
  const shared = weights.dependencies.filter((name) => disks.app.byPath.has(name))
  const sharedCosts = shared.map((name) => [
    `${name} (there with express)`,
    '0',
    'import',
    quickest(name).toFixed(1),
    `+${memory(name).toFixed(1)}`
  ])
  const imports = ['library', 'library, `require`'].map((name) => quickest(name) / quickest('express'))
  const memories = ['library', 'library, `require`'].map(memory)
  const rounds = of('express', 'ms').length
  const both = (values: readonly number[], digits: number) => values.map((value) => value.toFixed(digits)).join(' and ')
  const markdown = [
    `Our tarball: ${(tarball.size / 1024).toFixed(0)} KiB packed, ${(tarball.unpackedSize / 1024).toFixed(0)} KiB unpacked. On disk (\`npm install --ignore-scripts\` in empty folders, \`du\` of \`node_modules\`), to an app with express`,
    `${addedMiB(disks.ours).toFixed(1)} MiB in ${disks.ours.packages - disks.app.packages} packages are added by the library, ${addedMiB(disks.official).toFixed(1)} MiB in ${disks.official.packages - disks.app.packages} by \`${OFFICIAL}\`; express itself is ${(disks.app.kib / 1024).toFixed(1)} MiB in ${disks.app.packages}.`,
    '',
    `Start: ${rounds} new processes each, in turn, with \`import\` unless stated. **Best of these runs** for the time, because other work on the machine can only add to it; the medians (min-max)`,
    'are beside it. Memory: resident set after loading, median (min-max), and what it is above bare Node of the same module system.',
    '',
    table([['loaded', 'best, ms', 'of express', 'ms', 'RSS, MiB', 'above bare node'], ...startRows]),
    '',
    '"First mint": of a server on the same machine that answers at once; the server itself is in the memory of that row, not in its time.',
    '',
    'What is added, by name. Time and memory are of the dependency alone in a fresh process, so they overlap and do not sum up:',
    '',
    table([['package', 'disk, MiB', 'loaded at', 'best, ms', 'RSS above bare node'], ...costs, ...sharedCosts]),
    '',
    goal(`import at most 1.0 of express's (ESM and CommonJS): ${both(imports, 2)}`, Math.max(...imports) <= 1),
    '',
    goal(`memory at most +12 MiB (ESM and CommonJS): ${both(memories, 1)}`, Math.max(...memories) <= 12),
    '',
    goal(`disk added at most 12 MiB: ${addedMiB(disks.ours).toFixed(1)}`, addedMiB(disks.ours) <= 12)
  ].join('\n')
  return { part: 5, title: 'Weight', markdown }
}
