// Part 5: disk space, start time and memory of the library, beside Express, express-session and HubSpot's client.
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BenchSettings } from './run.js'
import { type Section, versionOf } from './support/report.js'
import { reportWeight } from './weight-report.js'

/** The size of a folder of packages: in total, and of each package by its path. */
export type Disk = { readonly kib: number; readonly packages: number; readonly byPath: ReadonlyMap<string, number> }

/** One start of Node: the time of loading, and the resident memory after it. */
export type Start = { readonly ms: number; readonly rssMiB: number }

/** A compared start, in a new process. */
export type Contest = {
  readonly name: string
  readonly folder: 'ours' | 'official'
  readonly system: 'module' | 'commonjs'
  /** Code that is run before the time is measured. */
  readonly before?: string
  readonly script: string
}

export type Weights = {
  readonly disks: Readonly<Record<'app' | 'ours' | 'official', Disk>>
  readonly starts: ReadonlyMap<string, readonly Start[]>
  readonly tarball: Tarball
  readonly dependencies: readonly string[]
}

type Tarball = { readonly filename: string; readonly size: number; readonly unpackedSize: number }

export const OURS = 'express-hubspot-identification'
export const OFFICIAL = '@hubspot/api-client'
/** The environment without variables that change every start of Node, such as `NODE_EXTRA_CA_CERTS`. */
const CLEAN = { PATH: process.env['PATH'] }
const NPM_FLAGS = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']

/** A server that answers each mint at once, started before the time is measured. */
const SERVER = `const { createServer } = await import('node:http')
  const server = createServer((_, res) => res.setHeader('content-type', 'application/json').end('{"token":"a.b.c"}'))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))`
const MINT = `const { hubspotIdentification } = await import('${OURS}')
  const baseUrl = 'http://127.0.0.1:' + server.address().port
  await hubspotIdentification({ accessToken: 'pat-na1-bench', baseUrl }).identify({ email: 'ada@example.com' })
  server.close()`

const CONTESTS: readonly Contest[] = [
  { name: 'bare node', folder: 'ours', system: 'module', script: '' },
  { name: 'bare node, CommonJS', folder: 'ours', system: 'commonjs', script: '' },
  imported('express'),
  { ...imported('express'), name: 'express + express-session', script: loading('express', 'express-session') },
  { ...imported(OURS), name: 'library' },
  { name: 'library, `require`', folder: 'ours', system: 'commonjs', script: `require('${OURS}')` },
  {
    ...imported(OURS),
    name: 'express + express-session + library',
    script: loading('express', 'express-session', OURS)
  },
  {
    ...imported(OURS),
    name: 'library and its first mint',
    before: SERVER,
    script: MINT
  },
  { ...imported(OFFICIAL), folder: 'official' }
]

/** Measures part 5. */
export async function measureWeight({ library, quick }: BenchSettings): Promise<Section> {
  const folder = mkdtempSync(join(tmpdir(), 'hubspot-identification-weight-'))
  try {
    const [tarball] = JSON.parse(
      run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], library)
    ) as [Tarball]
    const app = [`express@${versionOf('express')}`]
    const disks = {
      app: install(folder, 'app', app),
      ours: install(folder, 'ours', [...app, join(folder, tarball.filename)]),
      official: install(folder, 'official', [...app, `${OFFICIAL}@${versionOf(OFFICIAL)}`])
    }
    // Installed after the sizes were measured, because only some starts need it.
    run('npm', ['install', ...NPM_FLAGS, `express-session@${versionOf('express-session')}`], join(folder, 'ours'))
    const manifest = JSON.parse(readFileSync(join(folder, 'ours/node_modules', OURS, 'package.json'), 'utf8'))
    const dependencies = Object.keys((manifest as { dependencies: Record<string, string> }).dependencies)
    const starts = measureStarts(folder, [...CONTESTS, ...dependencies.map(imported)], quick ? 3 : 25)
    return reportWeight({ disks, starts, tarball, dependencies })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function imported(name: string): Contest {
  return { name, folder: 'ours', system: 'module', script: loading(name) }
}

function loading(...names: string[]): string {
  return names.map((name) => `await import('${name}')`).join('; ')
}

/** Installs packages in an empty folder, as an app would. */
function install(folder: string, name: string, packages: string[]): Disk {
  const target = join(folder, name)
  mkdirSync(target)
  writeFileSync(join(target, 'package.json'), '{ "private": true, "type": "module" }')
  run('npm', ['install', ...NPM_FLAGS, ...packages], target)
  const lock = JSON.parse(readFileSync(join(target, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, unknown>
  }
  const paths = Object.keys(lock.packages).filter((path) => path !== '')
  const byPath = new Map(paths.map((path) => [path.replace(/^node_modules\//, ''), kibOf(join(target, path))]))
  return { kib: kibOf(join(target, 'node_modules')), packages: paths.length, byPath }
}

function kibOf(path: string): number {
  return Number(run('du', ['-sk', path], '.').split('\t')[0])
}

/** All starts in turn, so that other work on the machine affects all of them. */
function measureStarts(folder: string, contests: readonly Contest[], times: number): Map<string, Start[]> {
  const starts = new Map<string, Start[]>(contests.map(({ name }) => [name, []]))
  for (let round = 0; round <= times; round += 1) {
    for (const { name, folder: home, system, before = '', script } of contests) {
      const measured = `${before}; const t = performance.now(); ${script}; const ms = performance.now() - t;
        console.log(JSON.stringify({ ms, rssMiB: process.memoryUsage.rss() / 2 ** 20 })); process.exit()`
      const output = run('node', [`--input-type=${system}`, '-e', measured], join(folder, home), CLEAN)
      // The first round fills the disk cache and is not counted.
      if (round > 0) starts.get(name)?.push(JSON.parse(output) as Start)
    }
  }
  return starts
}

function run(command: string, words: string[], cwd: string, env = process.env): string {
  return execFileSync(command, words, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}
