// The built package, frozen: one copy of `dist` per run, so that a build that goes on elsewhere cannot change what is measured.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type * as Library from '../../../lib/index.js'
import type * as Testing from '../../../lib/testing/index.js'

const CACHE = resolve('node_modules/.cache/hubspot-identification-bench')

/** Copies the build next to its dependencies and gives the copy's folder. Fails when there is no build. */
export function freezeLibrary(): string {
  const needed = ['dist/esm/index.js', 'dist/esm/testing/index.js', 'dist/cjs/index.js']
  const missing = needed.find((file) => !existsSync(file))
  if (missing) throw new Error(`${missing} is missing: run "npm run build" first, from the package's folder.`)
  const folder = join(CACHE, String(process.pid))
  rmSync(folder, { recursive: true, force: true })
  cpSync('dist', join(folder, 'dist'), { recursive: true })
  cpSync('package.json', join(folder, 'package.json'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Twelve digits that tell one build from another. */
export function digestOfBuild(folder: string): string {
  const digest = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.name.endsWith('.js')
  )
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) digest.update(readFileSync(path))
  return digest.digest('hex').slice(0, 12)
}

/** The package as an app imports it. */
export function loadLibrary(folder: string): Promise<typeof Library> {
  return import(join(folder, 'dist/esm/index.js')) as Promise<typeof Library>
}

/** Its simulator. */
export function loadTesting(folder: string): Promise<typeof Testing> {
  return import(join(folder, 'dist/esm/testing/index.js')) as Promise<typeof Testing>
}
