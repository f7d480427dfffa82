// A copy of the built package for each run, so that a later build does not change what is measured.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type * as Library from '../../../lib/index.js'
import type * as Testing from '../../../lib/testing/index.js'

const CACHE = resolve('node_modules/.cache/hubspot-identification-bench')

/** Copies the build next to its dependencies; gives the folder of the copy. Throws if there is no build. */
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

/** A hash of the build, cut to twelve digits. */
export function digestOfBuild(folder: string): string {
  const digest = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.name.endsWith('.js')
  )
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) digest.update(readFileSync(path))
  return digest.digest('hex').slice(0, 12)
}

/** Imports the package as an app does. */
export function loadLibrary(folder: string): Promise<typeof Library> {
  return import(join(folder, 'dist/esm/index.js')) as Promise<typeof Library>
}

/** Imports its simulator. */
export function loadTesting(folder: string): Promise<typeof Testing> {
  return import(join(folder, 'dist/esm/testing/index.js')) as Promise<typeof Testing>
}
