// The files that are published, and the fields of package.json about them.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from '@jest/globals'

type Locked = { optionalDependencies?: object; peerDependenciesMeta?: object }
type Packed = { files: { path: string; mode: number; size: number }[] }

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  encoding: 'utf8',
  stdio: ['ignore', 'pipe', 'ignore']
})
const [packed] = JSON.parse(output) as [Packed]
const paths = packed.files.map(({ path }) => path)

test('the tarball has exactly these files', () => {
  const both = (format: string, files: readonly string[]) => files.map((file) => `dist/${format}/${file}`)
  const withMap = (path: string) => [path, `${path}.map`]
  const code = ['package.json', ...['browser/index.js', 'index.js', 'testing/index.js'].flatMap(withMap)]
  // Two chunks that are loaded with the main entry, and those that are loaded later; names without their hash.
  const chunks = ['chunk', 'chunk', 'minting', 'multipart-parser'].flatMap((name) => withMap(`chunks/${name}.js`))
  // parse5, which is ESM only and so cannot be loaded from CommonJS in every environment.
  const parser = withMap('chunks/dist.js')
  const withoutHash = (path: string) => path.replace(/(\/chunks\/.+)-[A-Z0-9]{8}(\.js)/, '$1$2')
  expect(
    paths
      .filter((path) => !path.endsWith('.d.ts'))
      .map(withoutHash)
      .sort()
  ).toEqual(
    [
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      ...readdirSync('docs').map((name) => `docs/${name}`),
      'package.json',
      'dist/THIRD-PARTY-NOTICES.txt',
      ...withMap('dist/esm/cli/index.js'),
      ...both('esm', [...code, ...chunks]),
      ...both('cjs', [...code, ...chunks, ...parser])
    ].sort()
  )
})

test('the declarations are those that the entries import, the same for both module systems', () => {
  const declarationsOf = (format: string) =>
    paths.filter((path) => path.startsWith(`dist/${format}/`) && path.endsWith('.d.ts')).map((path) => path.slice(9))
  const declared = declarationsOf('esm')
  expect(declarationsOf('cjs').toSorted()).toEqual(declared.toSorted())
  const reached = new Set<string>()
  const visit = (path: string): void => {
    if (reached.has(path)) return
    reached.add(path)
    const text = readFileSync(`dist/esm/${path}`, 'utf8')
    for (const [, specifier] of text.matchAll(/(?:from |import |import\()'(\.[^']+)\.js'/g))
      visit(posix.join(posix.dirname(path), `${specifier}.d.ts`))
  }
  for (const entry of ['index.d.ts', 'browser/index.d.ts', 'testing/index.d.ts']) visit(entry)
  expect(declared.toSorted()).toEqual([...reached].sort())
})

test('the declarations are small: no script or page is a literal type', () => {
  const large = packed.files.filter(({ path, size }) => path.endsWith('.d.ts') && size > 12_000)
  expect(large).toEqual([])
})

test('the command can be executed', () => {
  const path = manifest.bin['express-hubspot-identification']
  expect(readFileSync(path, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  expect(packed.files.find((file) => file.path === path)?.mode.toString(8)).toBe('755')
})

test('every target of package.json is in the tarball, with its types first', () => {
  const targets: string[] = [manifest.main, manifest.types]
  for (const entry of Object.values(manifest.exports)) {
    if (typeof entry === 'string') targets.push(entry)
    else
      for (const conditions of Object.values(entry as Record<string, Record<string, string>>)) {
        expect(Object.keys(conditions)).toEqual(['types', 'default'])
        targets.push(...Object.values(conditions))
      }
  }
  expect(targets.filter((target) => !paths.includes(target.replace('./', '')))).toEqual([])
})

test('the declarations import only packages whose types are optional', () => {
  const known = new Set(['express', 'express-session', 'node:http', 'node:diagnostics_channel'])
  const foreign = paths
    .filter((path) => path.endsWith('.d.ts'))
    .flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(/(?:from |import\()['"]([^.'"][^'"]*)/g)].map(([, name = '']) => name)
    )
    .filter((name) => !known.has(name))
  expect(foreign).toEqual([])
})

test('the declarations ignore missing types of these packages', () => {
  const unguarded = paths
    .filter((path) => path.endsWith('.d.ts'))
    .flatMap((path) =>
      readFileSync(path, 'utf8')
        .split('\n')
        .map((line, at, lines) => ({ line, before: lines[at - 1] }))
    )
    .filter(({ line }) => /from '[^.]|^declare module|import\(['"][^.]/.test(line))
    .filter(({ before }) => !before?.startsWith('// @ts-ignore'))
  expect(unguarded).toEqual([])
})

// npm refuses provenance without a repository; CONTRIBUTING.md says what to set before a release.
test('publishing is prepared: public, from Node 20.19, without repository, homepage, bugs and provenance as long as there is no address', () => {
  expect(manifest).not.toHaveProperty('repository')
  expect(manifest).not.toHaveProperty('homepage')
  expect(manifest).not.toHaveProperty('bugs')
  expect(manifest.publishConfig).toEqual({ access: 'public' })
  expect(manifest).toMatchObject({
    engines: { node: '>=20.19' },
    license: 'MIT',
    sideEffects: false
  })
})

// npm omits packages that its registry does not have from the lock file, and then `npm ci` refuses it everywhere.
test('the lock file has the optional packages of all platforms', () => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> }
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {}, peerDependenciesMeta = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(name in peerDependenciesMeta))
      .filter((name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages))
  )
  expect(missing).toEqual([])
})
