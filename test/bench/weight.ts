// Part 5: what the library weighs on disk, at start and in memory, against HubSpot's client and against Express.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchSettings } from './run.js'
import { goal, type Section, table, versionOf } from './support/report.js'
import { median, medianWithRange } from './support/statistics.js'

type Disk = { kib: number; packages: number; byName: Map<string, number> }
type Start = { importMs: number; rssMiB: number }

const OURS = 'express-hubspot-identification'
const OFFICIAL = '@hubspot/api-client'
const NPM_FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
/** What is started besides the dependencies: each in its own fresh process. */
const CONTESTS = ['nothing', 'express', OFFICIAL, OURS]

/** Measures part 5. */
export async function measureWeight({ library, quick }: BenchSettings): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'hubspot-identification-weight-'))
  try {
    const tarball = JSON.parse(
      run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], library)
    ) as [{ filename: string; size: number; unpackedSize: number }]
    const ours = join(folder, tarball[0].filename)
    const official = `${OFFICIAL}@${versionOf(OFFICIAL)}`
    const base = [`express@${versionOf('express')}`, `express-session@${versionOf('express-session')}`]
    const disks = {
      app: install(folder, 'app', base),
      ours: install(folder, 'ours', [...base, ours]),
      official: install(folder, 'official', [...base, official]),
      express: install(folder, 'express', [base[0] ?? '']),
      oursAlone: install(folder, 'ours-alone', [ours, '--legacy-peer-deps']),
      officialAlone: install(folder, 'official-alone', [official])
    }
    const dependencies = Object.keys(manifestOf(join(folder, 'ours', 'node_modules', OURS)).dependencies)
    const starts = measureStarts(
      folder,
      dependencies.filter((name) => !name.startsWith('@types/')),
      quick ? 3 : 15
    )
    return report({ disks, starts, tarball: tarball[0], dependencies })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function install(folder: string, name: string, packages: string[]): Disk {
  const target = join(folder, name)
  mkdirSync(target)
  writeFileSync(join(target, 'package.json'), '{ "private": true, "type": "module" }')
  run('npm', ['install', ...NPM_FLAGS, ...packages], target)
  const lock = JSON.parse(readFileSync(join(target, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>
  }
  const paths = Object.keys(lock.packages).filter((path) => path !== '')
  const byName = new Map(paths.map((path) => [path.replace(/^node_modules\//, ''), kibOf(join(target, path))]))
  return { kib: kibOf(join(target, 'node_modules')), packages: paths.length, byName }
}

function kibOf(path: string): number {
  return Number(run('du', ['-sk', path], '.').split('\t')[0])
}

function manifestOf(path: string): { dependencies: Record<string, string> } {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as { dependencies: Record<string, string> }
}

/** Fresh processes by turns; `require()` is what the official client and Express are usually loaded with, `import` reaches all. */
function measureStarts(folder: string, dependencies: string[], times: number): Map<string, Start[]> {
  const starts = new Map<string, Start[]>()
  for (let round = 0; round <= times; round += 1) {
    for (const name of [...CONTESTS, ...dependencies]) {
      const home = join(folder, name === OFFICIAL ? 'official' : 'ours')
      const load = name === 'nothing' ? '' : `await import(${JSON.stringify(name)});`
      const script = `const t = performance.now(); ${load} const ms = performance.now() - t; console.log(JSON.stringify({ importMs: ms, rssMiB: process.memoryUsage.rss() / 2 ** 20 }))`
      const start = JSON.parse(run('node', ['--input-type=module', '-e', script], home)) as Start
      // The first round only warms the disk's cache.
      if (round > 0) starts.set(name, [...(starts.get(name) ?? []), start])
    }
  }
  return starts
}

function run(command: string, words: string[], cwd: string): string {
  return execFileSync(command, words, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

type Findings = {
  disks: Record<'app' | 'ours' | 'official' | 'express' | 'oursAlone' | 'officialAlone', Disk>
  starts: Map<string, Start[]>
  tarball: { size: number; unpackedSize: number }
  dependencies: string[]
}

function report({ disks, starts, tarball, dependencies }: Findings): Section {
  const mib = (kib: number) => (kib / 1024).toFixed(1)
  const of = (name: string, key: keyof Start) => (starts.get(name) ?? []).map((start) => start[key])
  const idle = median(of('nothing', 'rssMiB'))
  const added = (disk: Disk) => [mib(disk.kib - disks.app.kib), disk.packages - disks.app.packages]
  const start = (name: string) => [
    medianWithRange(of(name, 'importMs')),
    `${medianWithRange(of(name, 'rssMiB'))}, +${(median(of(name, 'rssMiB')) - idle).toFixed(1)}`
  ]
  const diskRatio = (disks.ours.kib - disks.app.kib) / (disks.official.kib - disks.app.kib)
  const importRatio = median(of(OURS, 'importMs')) / median(of('express', 'importMs'))
  const rows = [
    ['library', ...added(disks.ours), mib(disks.oursAlone.kib), disks.oursAlone.packages, ...start(OURS)],
    [
      '`@hubspot/api-client`',
      ...added(disks.official),
      mib(disks.officialAlone.kib),
      disks.officialAlone.packages,
      ...start(OFFICIAL)
    ],
    ['express', '-', '-', mib(disks.express.kib), disks.express.packages, ...start('express')],
    ['bare node', '-', '-', '-', '-', '-', medianWithRange(of('nothing', 'rssMiB'))]
  ]
  const addedBy = [...disks.ours.byName].filter(([name]) => !disks.app.byName.has(name)).sort(([, a], [, b]) => b - a)
  const costs = addedBy.map(([name, kib]) => [
    name === OURS ? `${name} itself` : `${name}${dependencies.includes(name) ? '' : ' (indirect)'}`,
    mib(kib),
    starts.has(name) ? medianWithRange(of(name, 'importMs')) : '-'
  ])
  const heaviest = addedBy.filter(([name]) => name !== OURS).slice(0, 3)
  const slowest = dependencies
    .filter((name) => starts.has(name))
    .sort((a, b) => median(of(b, 'importMs')) - median(of(a, 'importMs')))
    .slice(0, 3)
  const shared = dependencies.filter((name) => disks.app.byName.has(name))
  const markdown = [
    `Fresh installs (\`npm install --ignore-scripts\`) in empty folders, sizes by \`du\`; "added" is what comes on top of express and express-session. Our tarball: ${(tarball.size / 1024).toFixed(0)} KiB packed,`,
    `${(tarball.unpackedSize / 1024).toFixed(0)} KiB unpacked. Import time and resident memory: ${of(OURS, 'importMs').length} fresh processes each, by turns, ES module \`import\` in all; medians (min-max).`,
    '',
    table([
      ['', 'added, MiB', 'added packages', 'alone, MiB', 'packages', 'import, ms', 'RSS after import, MiB'],
      ...rows
    ]),
    '',
    'What is added by name; the import times are of each dependency alone in a fresh process, so they overlap and do not sum up:',
    '',
    table([['package', 'MiB', 'import, ms'], ...costs]),
    '',
    `Already there with express: ${shared.join(', ') || 'none'}. The most would be saved on disk by doing without ${heaviest.map(([name, kib]) => `${name} (${mib(kib)} MiB)`).join(', ')}; at start by loading ${slowest.map((name) => `${name} (${median(of(name, 'importMs')).toFixed(0)} ms)`).join(', ')} later or not at all.`,
    '',
    goal(`disk at most half of the official client's: ${diskRatio.toFixed(2)}`, diskRatio <= 0.5),
    '',
    goal(`import at most twice express's: ${importRatio.toFixed(2)}`, importRatio <= 2)
  ].join('\n')
  return { part: 5, title: 'Weight', markdown }
}
