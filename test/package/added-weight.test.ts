// Holds what the package adds to an app that has Express: which packages, and how much of the disk.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'

type Manifest = { name: string; dependencies?: Record<string, string> }

/** The disk's block: a file takes a whole number of them. */
const BLOCK = 4096

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest

/** As Node finds a package from a folder. */
function folderOf(name: string, from: string): string {
  const folder = join(from, 'node_modules', name)
  if (existsSync(folder)) return folder
  if (dirname(from) === from) throw new Error(`${name} is not installed`)
  return folderOf(name, dirname(from))
}

/** The folders of all that a package depends on. */
function foldersBelow(folder: string, found = new Set<string>()): Set<string> {
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
    const next = folderOf(name, folder)
    if (found.has(next)) continue
    found.add(next)
    foldersBelow(next, found)
  }
  return found
}

/** Without the packages inside of it, which are counted for themselves. */
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

test('an app with Express gets four packages besides this one', () => {
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

test('the disk it takes is at most 12 MiB', () => {
  const bytes = ['dist', ...added].map(bytesOnDisk).reduce((sum, each) => sum + each, 0)
  expect(bytes / 2 ** 20).toBeLessThan(12)
})
