// When the built package loads its dependencies, in both module systems, and how pages are served if one cannot be loaded.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, test } from '@jest/globals'

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }

const folder = mkdtempSync(join(tmpdir(), 'loading-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A folder with the built package. Each dependency is wrapped by a package that records when it is loaded; there are no others. */
function makeApp(): void {
  const modules = join(folder, 'node_modules')
  const own = join(modules, 'express-hubspot-identification')
  mkdirSync(own, { recursive: true })
  cpSync('dist', join(own, 'dist'), { recursive: true })
  cpSync('package.json', join(own, 'package.json'))
  cpSync('test/package/loading-app.mjs', join(folder, 'app.mjs'))
  for (const name of ['express', 'express-session']) symlinkSync(resolve('node_modules', name), join(modules, name))
  for (const name of Object.keys(dependencies)) {
    mkdirSync(join(modules, name))
    const isModule = name === 'parse5'
    const path = isModule
      ? resolve('node_modules/parse5/dist/index.js')
      : createRequire(resolve('lib/index.ts')).resolve(name)
    const note = `globalThis.loaded.push('${name}'); if (globalThis.isBroken) throw new Error('cannot be loaded')\n`
    const real = isModule
      ? `export * from ${JSON.stringify(pathToFileURL(path).href)}\n`
      : `module.exports = require(${JSON.stringify(path)})\n`
    writeFileSync(join(modules, name, 'package.json'), JSON.stringify({ name, type: isModule ? 'module' : 'commonjs' }))
    writeFileSync(join(modules, name, 'index.js'), note + real)
  }
}
makeApp()

/** An unhandled rejection would end the process with another code, which throws here. */
function runApp(settings: { moduleSystem: string; isBroken: boolean }): unknown {
  const argv = ['--trace-warnings', join(folder, 'app.mjs'), JSON.stringify(settings)]
  return JSON.parse(execFileSync(process.execPath, argv, { encoding: 'utf8', timeout: 20_000 }))
}

describe.each(['esm', 'cjs'])('the %s build', (moduleSystem) => {
  test('loads nothing for a token on the session, and what a mint needs once for concurrent visitors', () => {
    expect(runApp({ moduleSystem, isBroken: false })).toEqual({
      loadedAtImport: ['debug', 'on-headers'],
      first: ['ada@example.com', 'ada@example.com'],
      loadedForSession: [],
      others: ['bob@example.com', 'carol@example.com'],
      identified: 'dan@example.com',
      loaded: ['rate-limiter-flexible'],
      calls: 3,
      errors: []
    })
  })

  test('serves pages and reports one error if what a mint needs cannot be loaded', () => {
    expect(runApp({ moduleSystem, isBroken: true })).toMatchObject({
      first: ['ada@example.com', 'ada@example.com'],
      others: ['nobody', 'nobody'],
      identified: 'ERR_UNAVAILABLE',
      calls: 0,
      errors: ['ERR_UNAVAILABLE']
    })
  })
})
