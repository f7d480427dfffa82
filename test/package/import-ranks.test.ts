// The import rule of lib/: a folder imports only from itself and from lower folders, types included, so there are no import cycles.
import { expect, test } from '@jest/globals'
import { FLOORS, OTHER_ENTRIES, readSourceFiles, type SourceFile } from './source-files.js'

/** Packages that are built into dist/, so they are no run-time dependencies. */
const BUILT_IN = ['cockatiel', 'cookie', 'leven', 'lru-cache', 'node-fetch', 'zod']

const files = readSourceFiles()
/** The folder of a file; for a file of the root, its own name. */
const folderOf = (name: string): string => name.split('/')[0] ?? ''
const isOtherEntry = (name: string): boolean => OTHER_ENTRIES.includes(folderOf(name))
const floorOf = (name: string): number => FLOORS.findIndex((floor) => floor.includes(folderOf(name)))

function importsOf(file: SourceFile): { path: string; typeOnly: boolean; edge: string }[] {
  return file.imports.flatMap(({ path, typeOnly }) =>
    path === undefined ? [] : [{ path, typeOnly, edge: `${file.name} -> ${path}` }]
  )
}

test('the root has four files, and every folder is in the list of floors', () => {
  const root = files.map(({ name }) => name).filter((name) => !name.includes('/'))
  expect(root.sort()).toEqual(['diagnostics', 'errors', 'index', 'middleware'])
  const folders = new Set(files.map(({ name }) => folderOf(name)))
  expect([...folders].sort()).toEqual([...FLOORS.flat(), ...OTHER_ENTRIES].sort())
})

test('a folder imports only from itself and from lower floors', () => {
  const wrong = files
    .filter(({ name }) => !isOtherEntry(name))
    .flatMap((file) =>
      importsOf(file).filter(
        ({ path }) =>
          folderOf(path) !== folderOf(file.name) && !(floorOf(path) < floorOf(file.name) && floorOf(path) >= 0)
      )
    )
  expect(wrong.map(({ edge }) => edge).filter((edge) => edge !== 'diagnostics -> errors')).toEqual([])
})

test('nothing imports browser/, testing/ or cli/; browser/ and testing/ import only types from others', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).filter(({ path, typeOnly }) => {
      if (folderOf(path) === folderOf(file.name)) return false
      // The simulator command uses the public entry.
      if (file.name === 'cli/simulator' && path === 'testing/index') return false
      return isOtherEntry(path) || (['browser', 'testing'].includes(folderOf(file.name)) && !typeOnly)
    })
  )
  expect(wrong.map(({ edge }) => edge)).toEqual([])
})

test('there are no import cycles, types included', () => {
  const graph = new Map(files.map((file) => [file.name, importsOf(file).map(({ path }) => path)]))
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (name: string, trail: readonly string[]): void => {
    if (trail.includes(name)) circles.push([...trail.slice(trail.indexOf(name)), name].join(' -> '))
    if (done.has(name) || trail.includes(name)) return
    for (const next of graph.get(name) ?? []) visit(next, [...trail, name])
    done.add(name)
  }
  for (const name of graph.keys()) visit(name, [])
  expect(circles).toEqual([])
})

/** The packages that an entry loads statically: those of all files that it reaches without an `import()`. */
function packagesLoadedBy(entry: string): string[] {
  const reached = new Set<string>()
  const packages = new Set<string>()
  const visit = (name: string): void => {
    if (reached.has(name)) return
    reached.add(name)
    for (const { specifier, path, typeOnly, later } of files.find((file) => file.name === name)?.imports ?? []) {
      if (typeOnly || later || specifier.startsWith('node:')) continue
      if (path === undefined) packages.add(specifier)
      else visit(path)
    }
  }
  visit(entry)
  return [...packages].sort()
}

test('the main entry loads only packages that every page needs', () => {
  expect(packagesLoadedBy('index')).toEqual(['cookie', 'debug', 'leven', 'lru-cache', 'on-headers', 'zod/mini'])
  // The same function finds the packages of a mint, so it does not give an empty list by mistake.
  expect(packagesLoadedBy('mint/minting')).toEqual(
    expect.arrayContaining(['cockatiel', 'node-fetch', 'rate-limiter-flexible'])
  )
})

test('there is one place for each dynamic import', () => {
  const later = files
    .filter(({ name }) => !isOtherEntry(name))
    .flatMap(({ name, imports }) =>
      imports.filter((found) => found.later).map(({ path, specifier }) => `${name} -> ${path ?? specifier}`)
    )
  expect(later).toEqual(['page/auto-insert -> parse5', 'tokens/load-minting -> mint/minting'])
})

test("only HubSpot's client imports node-fetch", () => {
  const importers = files.filter(({ imports }) => imports.some(({ specifier }) => specifier === 'node-fetch'))
  expect(importers.map(({ name }) => name)).toEqual(['mint/hubspot-client'])
})

test('every package that is imported is a dependency, a peer, built in, or part of Node', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
  const known = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).concat(BUILT_IN)
  const foreign = files.flatMap(({ name, imports }) =>
    imports
      .filter(
        ({ path, specifier }) =>
          path === undefined && !specifier.startsWith('node:') && !known.includes(specifier.split('/')[0] ?? '')
      )
      .map(({ specifier }) => `${name}: ${specifier}`)
  )
  expect(foreign).toEqual([])
})
