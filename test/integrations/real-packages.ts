// Installs the packages of all integrations in one folder, and compiles and runs the recipes of docs/ with them.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { leaveOut, type Outcome, run, UNREACHABLE } from '../consumers/packed-consumer.js'
import { recipesOf } from './recipes.js'

const ROOT = resolve('.')
const HERE = join(ROOT, 'test/integrations')
const NAME = 'express-hubspot-identification'

/** Whether all integrations are tested, as in CI, also those that take long to install. */
const TRY_EVERYTHING = process.env['INTEGRATIONS'] === 'full'

type Manifest = {
  dependencies: Record<string, string>
  overrides?: Record<string, string>
  integration?: 'full'
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

/** All integrations, by the names of their folders. */
export const INTEGRATIONS: readonly string[] = readdirSync(HERE, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'kit')
  .map(({ name }) => name)

/** Whether an integration is tested in this run. */
export function isTried(name: string): boolean {
  return TRY_EVERYTHING || manifestOf(join(HERE, name)).integration !== 'full'
}

/** An integration that serves its pages. */
export type Served = {
  readonly url: string
  /** Ends it; gives its errors and warnings. */
  stop(): Promise<string>
}

/** Runs integrations, which were compiled before in strict mode. */
export type Integrations = {
  /** The compiler's errors for an integration. */
  compiled(name: string): readonly string[]
  /** Runs `visits.js` of an integration in a process that prints its results as JSON. */
  visit(name: string): Promise<Outcome>
  /** Starts a script of an integration, by default `visits.js`, that serves pages until it is stopped; it prints their URL. */
  serve(name: string, env: Record<string, string>, script?: string): Promise<Served>
  remove(): Promise<void>
}

/** Installs and compiles the integrations; prints a message and gives `undefined` if the registry cannot be reached. */
export async function prepareIntegrations(names: readonly string[]): Promise<Integrations | undefined> {
  const tried = names.filter(isTried)
  const packages = await installPackages()
  if (!packages) return undefined
  const folder = await mkdtemp(join(packages, 'run-'))
  const apps = join(folder, 'apps')
  await unpackOurs(folder)
  await cp(join(HERE, 'kit/simulated-package'), join(apps, 'node_modules', NAME), { recursive: true })
  for (const name of ['kit', ...tried]) await cp(join(HERE, name), join(apps, name), { recursive: true })
  for (const { path, code } of recipesOf(tried)) {
    await mkdir(dirname(join(apps, path)), { recursive: true })
    await writeFile(join(apps, path), code)
  }
  const compiler = join(HERE, 'compile.mjs')
  const { code, stdout, stderr } = await run(process.execPath, [compiler, apps, ...tried], ROOT, 300_000)
  if (code !== 0) throw new Error(`compile.mjs failed: ${stderr}`)
  const diagnostics = JSON.parse(stdout) as Record<string, string[]>
  return {
    compiled: (name) => diagnostics[name] ?? ['not compiled'],
    visit: (name) => run(process.execPath, ['--trace-warnings', 'visits.js'], join(apps, name), 60_000),
    serve: (name, env, script = 'visits.js') => serve(join(apps, name), script, env),
    remove: () => rm(folder, { recursive: true, force: true })
  }
}

async function serve(cwd: string, script: string, more: Record<string, string>): Promise<Served> {
  const { NODE_OPTIONS, NODE_ENV, JEST_WORKER_ID, FORCE_COLOR, NO_COLOR, DEBUG, ...env } = process.env
  const child = spawn(process.execPath, ['--trace-warnings', script], { cwd, env: { ...env, ...more } })
  const ended = once(child, 'close')
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk)
  })
  const [url] = await Promise.race([once(child.stdout, 'data'), ended])
  if (!String(url).startsWith('http')) throw new Error(`It did not start:\n${stderr}`)
  return {
    url: String(url).trim(),
    async stop() {
      child.stdin.end()
      await ended
      return stderr
    }
  }
}

/** The packages of all integrations in one temporary folder, named by a hash of the package list so that it can be reused. */
async function installPackages(): Promise<string | undefined> {
  const dependencies: Record<string, string> = { ...manifestOf(ROOT).dependencies, ...KIT_PACKAGES }
  const overrides: Record<string, string> = {}
  for (const name of INTEGRATIONS.filter(isTried)) {
    const integration = manifestOf(join(HERE, name))
    Object.assign(overrides, integration.overrides)
    for (const [dependency, range] of Object.entries(integration.dependencies)) {
      const other = dependencies[dependency]
      if (other && other !== range) throw new Error(`${name} wants ${dependency} ${range}, another one ${other}`)
      dependencies[dependency] = range
    }
  }
  const manifest = JSON.stringify({ private: true, dependencies, overrides }, null, 2)
  const key = createHash('sha256').update(manifest).digest('hex').slice(0, 16)
  const folder = join(tmpdir(), `integrations-${process.versions.modules}-${key}`)
  if ((await readdir(folder).catch(() => [])).length > 0) return folder
  const fresh = await mkdtemp(`${folder}-`)
  await writeFile(join(fresh, 'package.json'), manifest)
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  const { code, stderr } = await run('npm', ['install', ...quiet], fresh, 300_000)
  if (code === 0) {
    // Fails if another run has created the folder meanwhile.
    await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }))
    return folder
  }
  await rm(fresh, { recursive: true, force: true })
  if (!UNREACHABLE.test(stderr)) throw new Error(`npm install failed\n${stderr}`)
  leaveOut(Object.keys(dependencies))
  return undefined
}

/** The packages that the kit needs. */
const KIT_PACKAGES = {
  express: '^5.0.0',
  '@types/express': '^5.0.0',
  '@types/node': '^20.19.0'
}

/** Unpacks the library under another name: recipes import a package of its real name, which adds the simulator's URL. */
async function unpackOurs(folder: string): Promise<void> {
  const target = join(folder, 'node_modules', `packed-${NAME}`)
  await mkdir(target, { recursive: true })
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], ROOT)
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new Error('npm pack made no tarball: run `npm run build` first.')
  const { code, stderr } = await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target], folder)
  if (code !== 0) throw new Error(`tar: ${stderr}`)
}
