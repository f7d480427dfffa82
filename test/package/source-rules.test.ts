// Rules for every file of lib/: small, without suppressions, `any` or console output, in ASCII, with a comment at the top.
import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { VERSION } from '../../lib/mint/version.js'
import { readSourceFiles, type SourceFile } from './source-files.js'

const files = readSourceFiles()
const namesOf = (found: readonly SourceFile[]): string[] => found.map(({ name }) => name)
/** All files but those of browser/, testing/ and cli/, which print text for people. */
const server = files.filter(({ name }) => !/^(browser|testing|cli)\//.test(name))

test('every file stays below 220 lines', () => {
  expect(files.filter(({ lines }) => lines >= 220).map(({ name, lines }) => `${name}: ${lines}`)).toEqual([])
})

test('no file suppresses a compiler or a linter', () => {
  expect(namesOf(files.filter(({ text }) => /@ts-|eslint-disable|biome-ignore/.test(text)))).toEqual([])
})

test('no file uses the type any', () => {
  expect(namesOf(files.filter(({ usesAny }) => usesAny))).toEqual([])
})

test('the server writes to the console in one place', () => {
  expect(namesOf(server.filter(({ text }) => /\bconsole\.\w+\(/.test(text)))).toEqual(['diagnostics'])
})

test('the server is written in ASCII', () => {
  expect(namesOf(server.filter(({ text }) => /[^\t\n\x20-\x7e]/.test(text)))).toEqual([])
})

test('every file begins with a comment about its content', () => {
  const headless = files.filter(({ text }) => !/^(#!.*\n)?(\/\/ |\/\*\* )\S.*[^\s]/.test(text))
  expect(namesOf(headless)).toEqual([])
})

test('nothing is exported by star or by default', () => {
  expect(namesOf(files.filter(({ text }) => /^export (\*|default)/m.test(text)))).toEqual([])
})

test('the version in the user-agent header is that of the package', () => {
  expect(VERSION).toBe(JSON.parse(readFileSync('package.json', 'utf8')).version)
})
