// Packs the built package, installs it with other packages in a temporary folder, and runs the projects of this folder there.
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

const ROOT = resolve('.')
const PROJECTS = ['commonjs', 'esm', 'jest', 'vitest', 'typescript', 'passport']
/** The messages of npm if it cannot reach its registry; every other failed installation is a failure of the test. */
export const UNREACHABLE =
  /\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT)\b/

/** Whether all Node versions and module resolutions are tested, as in CI. */
export const TRY_EVERYTHING = process.env['CONSUMERS'] === 'full'

/** The result of a child process. */
export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string }

/** Runs a program without the variables that Jest adds to the environment. */
export function run(file: string, args: readonly string[], cwd: string, timeoutMs = 60_000): Promise<Outcome> {
  const { NODE_OPTIONS, NODE_ENV, JEST_WORKER_ID, FORCE_COLOR, NO_COLOR, DEBUG, ...env } = process.env
  return new Promise((done) => {
    const child = execFile(
      file,
      args,
      { cwd, env, timeout: timeoutMs, maxBuffer: 2 ** 24 },
      (error, stdout, stderr) => {
        done({ code: error ? (child.exitCode ?? 1) : 0, stdout, stderr })
      }
    )
    child.stdin?.end()
  })
}

/** A folder in which the packed package is installed. */
export type Installed = {
  readonly folder: string
  /** The tarball. */
  readonly tarball: string
  /** The path to which a project of this folder was copied. */
  project(name: string): string
  /** A program of an installed package. */
  file(path: string): string
  remove(): Promise<void>
}

/** Installs the packed package with others (`name@range`); `undefined`, with a message, if the registry cannot be reached. */
export async function installPackedWith(packages: readonly string[]): Promise<Installed | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'consumer-'))
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], ROOT)
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'))
  if (!tarball) throw new Error('npm pack made no tarball: run `npm run build` first.')
  const installed = await install(folder, [`./${tarball}`, ...packages])
  return installed && { ...installed, tarball: join(folder, tarball) }
}

/** The Node binaries to test: the current one, and in CI the latest release of each later line, from the registry. */
export async function installNodes(): Promise<{ nodes: Map<string, string>; remove(): Promise<void> }> {
  const nodes = new Map([[process.versions.node.split('.')[0] ?? '', process.execPath]])
  const others = ['20', '22', '24', '26'].filter((line) => !nodes.has(line))
  if (!TRY_EVERYTHING) return { nodes, remove: async () => {} }
  const platform = `node-${process.platform}-${process.arch}`
  const folder = await mkdtemp(join(tmpdir(), 'nodes-'))
  const installed = await install(
    folder,
    others.map((line) => `node${line}@npm:${platform}@${line}`)
  )
  if (installed) for (const line of others) nodes.set(line, installed.file(`node${line}/bin/node`))
  return { nodes, remove: async () => installed?.remove() }
}

/** `npm install` without `--force`; gives npm's message if it cannot reach its registry, throws if it fails otherwise. */
export async function npmInstall(folder: string, packages: readonly string[]): Promise<string | undefined> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  const { code, stderr } = await run('npm', ['install', ...quiet, ...packages], folder, 240_000)
  if (code === 0) return undefined
  if (!UNREACHABLE.test(stderr)) throw new Error(`npm install ${packages.join(' ')}\n${stderr}`)
  return stderr
}

async function install(folder: string, packages: readonly string[]): Promise<Omit<Installed, 'tarball'> | undefined> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n')
  const remove = () => rm(folder, { recursive: true, force: true })
  if ((await npmInstall(folder, packages)) !== undefined) {
    await remove()
    leaveOut(packages)
    return undefined
  }
  for (const project of PROJECTS) {
    await cp(join(ROOT, 'test/consumers', project), join(folder, project), { recursive: true })
  }
  return {
    folder,
    project: (name) => join(folder, name),
    file: (path) => join(folder, 'node_modules', path),
    remove
  }
}

/** Prints that these packages cannot be tested; with `REQUIRE_ALL=1` that is an error. */
export function leaveOut(packages: readonly string[]): void {
  const message = `NOT TESTED, the npm registry cannot be reached: tests with ${packages.join(', ')}`
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(message)
  process.stderr.write(`\n*** ${message} ***\n\n`)
}
