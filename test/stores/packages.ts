// Installs the stores from npm in one temporary folder, named by a hash of the package list so that later runs use it again.
import { createHash } from 'node:crypto'
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { leaveOut, run, UNREACHABLE } from '../consumers/packed-consumer.js'
import type { StoreKind } from './kinds.js'

/** Installs the packages and gives the folder; prints a message and gives `undefined` if the registry cannot be reached. */
export async function installStores(kinds: readonly StoreKind[]): Promise<string | undefined> {
  const dependencies = Object.assign({ 'express-session': '^1.18.0' }, ...kinds.map(({ packages }) => packages))
  const manifest = JSON.stringify({ private: true, dependencies }, null, 2)
  const key = createHash('sha256').update(manifest).digest('hex').slice(0, 16)
  const folder = join(tmpdir(), `stores-${process.versions.modules}-${key}`)
  if ((await readdir(folder).catch(() => [])).length > 0) return folder
  const fresh = await mkdtemp(`${folder}-`)
  await writeFile(join(fresh, 'package.json'), manifest)
  // `--legacy-peer-deps`: some stores require an old express-session.
  const args = ['install', '--legacy-peer-deps', '--no-audit', '--no-fund', '--loglevel=error']
  const { code, stderr } = await run('npm', args, fresh, 600_000)
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
