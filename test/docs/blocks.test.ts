// Checks the code blocks of README and docs/: each is compiled or run, depending on its language.

import { execFileSync } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import ejs from 'ejs'
import { transformSync } from 'esbuild'
import express from 'express'
import { parseFragment } from 'parse5'
import request from 'supertest'
import { readCommandLine } from '../../lib/cli/command-line.js'
import { hubspotIdentification } from '../../lib/index.js'
import { startHubSpotSimulator } from '../../lib/testing/index.js'
import { blocksOf, DOCUMENTS } from '../support/documents.js'
import { compile } from './compile.js'

const blocks = DOCUMENTS.flatMap(blocksOf)
/** Those with a file name are compiled and run by test/integrations/. */
const loose = blocks.filter(({ file }) => file === undefined)
/** The apps in the README are run unchanged by test/docs/quick-start.test.ts. */
const isRun = ({ page, language }: { page: string; language: string }) => page === 'README.md' && language === 'js'

const inLanguage = (language: string) =>
  loose.filter((block) => block.language === language && !isRun(block)).map(({ code }) => code)

test('every block is in a language that is checked', () => {
  const languages = new Set(['ts', 'js', 'html', 'sh'])
  // For HubSpot's mobile SDKs; the page says that these blocks are not tested.
  const phones = new Set(['swift', 'kotlin'])
  const unchecked = loose.filter(({ language }) => !languages.has(language))
  expect(unchecked.filter(({ page, language }) => page !== 'docs/native-apps.md' || !phones.has(language))).toEqual([])
})

test('every block with a file name is a file of an integration that is tested', () => {
  const folders = blocks.flatMap(({ file }) => (file ? [file.split('/')[0]] : []))
  expect(folders.filter((folder) => !existsSync(`test/integrations/${folder}/package.json`))).toEqual([])
})

test('TypeScript compiles in strict mode', () => {
  expect(inLanguage('ts').length).toBeGreaterThan(12)
  expect(compile(inLanguage('ts'))).toEqual([])
}, 60_000)

test('JavaScript has no type errors', () => {
  expect(compile(inLanguage('js'), { strict: false })).toEqual([])
}, 60_000)

test('a block that does not compile is detected', () => {
  expect(compile(['app.use(identification.tokenEndpont())'])).toHaveLength(1)
}, 60_000)

test('HTML is well-formed, and EJS in it can be rendered', async () => {
  const pages = inLanguage('html')
  expect(pages.length).toBeGreaterThan(0)
  for (const page of pages) {
    const html = await ejs.render(page, { hubspotEmail: 'jane@example.com', hubspotToken: 'a.b.c' }, { async: true })
    const errors: string[] = []
    parseFragment(html, { onParseError: ({ code }) => errors.push(code) })
    expect(errors).toEqual([])
  }
})

describe('the shell commands', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, object> }
  const commands = inLanguage('sh')
    .flatMap((block) => block.split(/\n|&&/))
    .map((line) => line.replace(/\s#.*$/, '').trim())
    .filter(Boolean)

  function isKnownPackage(word: string): boolean {
    const name = word.replace(/(?<=.)@[^/]*$/, '')
    return name === 'express-hubspot-identification' || `node_modules/${name}` in packages
  }

  /** What is wrong with one command, if anything. */
  function problemOf(command: string): string | undefined {
    const words = (command.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'|'$/g, ''))
    const env: Record<string, string> = {}
    while (/^[A-Z_]+=/.test(words[0] ?? '')) {
      const [name = '', value = ''] = (words.shift() ?? '').split('=')
      env[name] = value
    }
    const [program, word = '', ...rest] = words
    if (program === 'npx' && word === 'express-hubspot-identification') {
      const read = readCommandLine(rest, env)
      return read.kind === 'wrong' ? read.message : undefined
    }
    if (program !== 'npm') return `${program} is not known`
    if (word === 'ci') return undefined
    if (word === 'install') return rest.find((name) => !name.startsWith('-') && !isKnownPackage(name))
    return scripts[word === 'run' ? (rest[0] ?? '') : word] === undefined ? `there is no script ${word}` : undefined
  }

  test.each(commands)('%s', (command) => {
    expect(problemOf(command)).toBeUndefined()
  })

  test.each(['npx express-hubspot-identification doctr', 'npm run strat', 'npm install no-such-package', 'yarn'])(
    'an invalid one is detected: %s',
    (command) => {
      expect(problemOf(command)).toBeDefined()
    }
  )
})

test('the recipe with the simulator gives the values in its comments', () => {
  const recipe = blocks.find(({ page, language }) => page === 'docs/testing.md' && language === 'ts')?.code ?? ''
  const said = [...recipe.matchAll(/^(\S+) \/\/ ('.*'|\d+): /gm)].map(([, expression = '', value = '']) => ({
    expression,
    value
  }))
  expect(said.length).toBe(2)
  const script = said.reduce(
    (code, { expression }) => code.replace(`${expression} //`, `console.log(${expression}) //`),
    `import { hubspotIdentification } from 'express-hubspot-identification'\n${recipe}`
  )
  const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' })
  expect(printed.trim().split('\n')).toEqual(said.map(({ value }) => value.replaceAll("'", '')))
})

test('the metrics recipe records each mint', async () => {
  const recipe = inLanguage('ts').find((code) => code.includes('diagnostics_channel')) ?? ''
  const { code } = transformSync(recipe.replace(/^import .*$/gm, ''), { loader: 'ts' })
  const seen: unknown[] = []
  const listeners: [string, Parameters<typeof subscribe>[1]][] = []
  const run = new Function('subscribe', 'histogram', 'counter', code)
  run(
    (name: string, listener: Parameters<typeof subscribe>[1]) => {
      listeners.push([name, listener])
      subscribe(name, listener)
    },
    {
      record: (value: number, attributes: object) =>
        seen.push({ durationIsNumber: Number.isFinite(value), ...attributes })
    },
    { add: (value: number, attributes: object) => seen.push({ value, ...attributes }) }
  )
  const hubspot = await startHubSpotSimulator()
  try {
    const app = express()
    app.use((req, _res, next) => {
      Object.assign(req, { user: { email: 'jane@example.com' }, session: {} })
      next()
    })
    app.use(hubspotIdentification({ accessToken: 'any', baseUrl: hubspot.url }))
    app.get('/', (_req, res) => void res.send('ok'))
    await request(app).get('/').expect(200)
  } finally {
    for (const [name, listener] of listeners) unsubscribe(name, listener)
    await hubspot.close()
  }
  expect(seen).toContainEqual({ durationIsNumber: true, outcome: 'minted', attempts: 1 })
  expect(seen).toContainEqual({ value: 1, outcome: 'minted' })
})
