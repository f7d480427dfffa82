// Holds the import direction of lib/: a file imports values only from its own rank or a lower one, so cycles are impossible to miss.
import { expect, test } from '@jest/globals'
import { readSourceFiles, type SourceFile } from './source-files.js'

/** Lower ranks know less. A file of lib/ itself must be listed; a new one is given its rank here. */
const RANKS: Readonly<Record<string, number>> = {
  index: 6,
  middleware: 5,
  'token-endpoint': 5,
  'browser-script': 5,
  'identify-request': 4,
  'present-identity': 4,
  identify: 4,
  options: 4,
  settings: 4,
  'option-errors': 4,
  'request-identity': 3,
  'mint/hubspot-client': 2,
  'mint/error-answer': 2,
  'mint/refusal': 2,
  'page/snippet': 2,
  'page/chat-settings': 2,
  'page/browser-code': 2,
  session: 2,
  'session-store-guard': 2,
  'store-call': 1,
  identification: 1,
  visitor: 0,
  region: 0,
  errors: 0,
  diagnostics: 0,
  account: 0,
  version: 0,
  thenable: 0
}
const FOLDER_RANKS: Readonly<Record<string, number>> = { mint: 3, page: 3 }
const OTHER_ENTRIES = ['browser', 'testing', 'cli']
/** The doctor takes its options as the middleware does, with the same messages. */
const ALLOWED: readonly string[] = ['cli/command-line -> settings']

const files = readSourceFiles()
const folderOf = (name: string): string => (name.includes('/') ? (name.split('/')[0] ?? '') : '')
const isOtherEntry = (name: string): boolean => OTHER_ENTRIES.includes(folderOf(name))
const rankOf = (name: string): number => RANKS[name] ?? FOLDER_RANKS[folderOf(name)] ?? Number.NaN

function importsOf(file: SourceFile): { path: string; typeOnly: boolean; edge: string }[] {
  return file.imports.flatMap(({ path, typeOnly }) =>
    path === undefined ? [] : [{ path, typeOnly, edge: `${file.name} -> ${path}` }]
  )
}

test('every file has a rank or belongs to another entry', () => {
  expect(files.map(({ name }) => name).filter((name) => !isOtherEntry(name) && Number.isNaN(rankOf(name)))).toEqual([])
})

test('the table of ranks names no file that is gone', () => {
  const names = new Set([...files.map(({ name }) => name), 'page/browser-code'])
  expect(Object.keys(RANKS).filter((name) => !names.has(name))).toEqual([])
})

test('no file imports a value from a higher rank', () => {
  const upward = files
    .filter(({ name }) => !isOtherEntry(name))
    .flatMap((file) =>
      importsOf(file).filter(({ path, typeOnly }) => !typeOnly && !(rankOf(path) <= rankOf(file.name)))
    )
  expect(upward.map(({ edge }) => edge)).toEqual([])
})

test('the other entries import only their own files and ranks 0 to 2, and nobody imports them', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).filter(({ path, typeOnly }) => {
      if (folderOf(path) === folderOf(file.name)) return false
      return isOtherEntry(path) || (isOtherEntry(file.name) && !typeOnly && rankOf(path) > 2)
    })
  )
  expect(wrong.map(({ edge }) => edge).filter((edge) => !ALLOWED.includes(edge))).toEqual([])
})

test('no imports of values go in a circle', () => {
  const graph = new Map(
    files.map((file) => [
      file.name,
      importsOf(file)
        .filter(({ typeOnly }) => !typeOnly)
        .map(({ path }) => path)
    ])
  )
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

test("only HubSpot's client imports node-fetch", () => {
  const importers = files.filter(({ imports }) => imports.some(({ specifier }) => specifier === 'node-fetch'))
  expect(importers.map(({ name }) => name)).toEqual(['mint/hubspot-client'])
})

test('every package that is imported is a dependency, a peer or part of Node', async () => {
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
  const known = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
  const foreign = files.flatMap(({ name, imports }) =>
    imports
      .filter(
        ({ path, specifier }) => path === undefined && !specifier.startsWith('node:') && !known.includes(specifier)
      )
      .map(({ specifier }) => `${name}: ${specifier}`)
  )
  expect(foreign).toEqual([])
})
