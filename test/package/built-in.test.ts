// The packages whose code is built into dist/, by the source maps: each with its licence, and no unneeded ones.
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { expect, test } from '@jest/globals'

type SourceMap = { sources: string[]; sourcesContent: (string | null)[]; mappings: string }

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as { dependencies: Record<string, string> }
const notices = readFileSync('dist/THIRD-PARTY-NOTICES.txt', 'utf8')
const scripts = readdirSync('dist', { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'))
const packageOf = (source: string) => source.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1]

const withoutHash = (script: string) => script.replace(/(\/chunks\/.+)-[A-Z0-9]{8}(\.js)/, '$1$2')

function mapOf(script: string): SourceMap {
  return JSON.parse(readFileSync(join('dist', `${script}.map`), 'utf8')) as SourceMap
}

function packagesIn(script: string): string[] {
  return [...new Set(mapOf(script).sources.flatMap((source) => packageOf(source) ?? []))].sort()
}

test('every script names its source map', () => {
  const without = scripts.filter((script) => {
    const name = script.split('/').at(-1)
    return !readFileSync(join('dist', script), 'utf8').endsWith(`//# sourceMappingURL=${name}.map\n`)
  })
  expect(without).toEqual([])
})

test('the maps contain the text of lib/ and only the paths of packages', () => {
  const wrong = scripts.flatMap((script) => {
    const { sources, sourcesContent } = mapOf(script)
    return sources.filter((source, at) => (sourcesContent[at] === null) !== (packageOf(source) !== undefined))
  })
  expect(wrong).toEqual([])
})

test('the notices name exactly the built-in packages, with version and licence text', () => {
  const builtIn = [...new Set(scripts.flatMap(packagesIn))].sort()
  const [list = '', ...texts] = notices.split(`\n${'-'.repeat(80)}\n`)
  const titles = builtIn.map((name) => {
    const { version, license } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'))
    return `${name} ${version} (${license})`
  })
  expect(list.split('\n').filter((line) => line.startsWith('- '))).toEqual(titles.map((title) => `- ${title}`))
  expect(texts.map((text) => text.trim().split('\n')[0])).toEqual(titles)
  for (const text of texts)
    expect(text).toMatch(/Copyright[\s\S]*(Permission is hereby granted|Redistribution and use)|Blue Oak Model License/)
})

test('no package is both a dependency and built in, except the ESM-only parser in CommonJS', () => {
  const twice = scripts.flatMap((script) =>
    packagesIn(script)
      .filter((name) => name in dependencies)
      .map((name) => `${withoutHash(script)}: ${name}`)
  )
  expect(twice).toEqual(['cjs/chunks/dist.js: parse5'])
})

test('no script imports a package that is built in', () => {
  const builtIn = new Set(scripts.flatMap(packagesIn))
  const asked = scripts.flatMap((script) =>
    [
      ...readFileSync(join('dist', script), 'utf8').matchAll(
        /(?:\bfrom |\bimport |\bimport\(|\brequire\()"([^."][^"]*)"/g
      )
    ]
      .map(([, name = '']) => name)
      .filter((name) => builtIn.has(name) && !(name in dependencies))
      .map((name) => `${script}: ${name}`)
  )
  expect(asked).toEqual([])
})

/** A script and those that it imports statically. */
function loadedWith(script: string, found = new Set<string>()): Set<string> {
  if (found.has(script)) return found
  found.add(script)
  const text = readFileSync(join('dist', script), 'utf8')
  const atOnce = /^(?:import |\} from |(?:var .* = )?require\()"(\.[^"]+)"/gm
  for (const [, specifier = ''] of text.matchAll(atOnce))
    loadedWith(posix.join(posix.dirname(script), specifier), found)
  return found
}

test.each(['esm', 'cjs'])(
  '%s: what only a mint needs is in the file that the first mint loads, without polyfills',
  (format) => {
    const atOnce = [...loadedWith(`${format}/index.js`)]
    expect(atOnce.map(withoutHash)).toEqual([
      `${format}/index.js`,
      `${format}/chunks/chunk.js`,
      `${format}/chunks/chunk.js`
    ])
    expect([...new Set(atOnce.flatMap(packagesIn))].sort()).toEqual(['cookie', 'leven', 'lru-cache', 'zod'])
    const minting = scripts.find((script) => script.startsWith(`${format}/chunks/minting-`))
    const forMints = ['cockatiel', 'data-uri-to-buffer', 'fetch-blob', 'formdata-polyfill', 'node-fetch']
    expect(packagesIn(minting ?? '')).toEqual(expect.arrayContaining(forMints))
    const all = new Set(scripts.flatMap(packagesIn))
    expect(all).not.toContain('web-streams-polyfill')
    expect(all).not.toContain('node-domexception')
  }
)
