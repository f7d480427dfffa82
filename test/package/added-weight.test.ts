// What the package adds to an app with Express: packages, and disk space.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'

type Manifest = { name: string; dependencies?: Record<string, string> }

/** The size of disk blocks; a file occupies whole blocks. */
const BLOCK = 4096

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** The folder of a package, as Node resolves it from another folder. */
function folderOf(name: string, from: string): string {
  const folder = join(from, 'node_modules', name)
  if (existsSync(folder)) return folder
  if (dirname(from) === from) throw new Error(`${name} is not installed`)
  return folderOf(name, dirname(from))
}

/** The folders of all direct and indirect dependencies of a package. */
function foldersBelow(folder: string, found = new Set<string>()): Set<string> {
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
    const next = folderOf(name, folder)
    if (found.has(next)) continue
    found.add(next)
    foldersBelow(next, found)
  }
  return found
}

/** The disk space of a folder without its `node_modules`, which are counted separately. */
function bytesOnDisk(folder: string): number {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => name !== 'node_modules')
    .map((entry) => join(folder, entry.name))
    .reduce(
      (sum, path) =>
        sum + (statSync(path).isDirectory() ? bytesOnDisk(path) : Math.ceil(statSync(path).size / BLOCK) * BLOCK),
      BLOCK
    )
}

const express = foldersBelow(folderOf('express', '.'))
const added = [...foldersBelow('.')].filter((folder) => !express.has(folder))

test('an app with Express gets four additional packages', () => {
  expect(Object.keys(manifestOf('.').dependencies ?? {})).toEqual([
    'debug',
    'on-headers',
    'parse5',
    'rate-limiter-flexible'
  ])
  expect(added.map((folder) => manifestOf(folder).name).sort()).toEqual([
    'entities',
    'on-headers',
    'parse5',
    'rate-limiter-flexible'
  ])
})

test('it needs at most 12 MiB of disk space', () => {
  const bytes = ['dist', ...added].map(bytesOnDisk).reduce((sum, each) => sum + each, 0)
  expect(bytes / 2 ** 20).toBeLessThan(12)
})
