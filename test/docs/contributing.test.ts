// Compares CONTRIBUTING.md with the repository: its commands, the variables of the tests, and the table of lib/.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { FLOORS } from '../package/source-files.js'
import { blocksOf, CONTRIBUTING, codeIn, codeOf, tableOf } from '../support/documents.js'

/** Variables that belong to apps in test/, or to Node and npm. */
const OF_APPS =
  /^(APP|NODE_ENV|PATH|PORT|HOST|REDIS_URL|HUBSPOT_|SESSION_SECRET|JWT_SECRET|SAML_|FIREBASE_|BETTER_AUTH_)/

const firstCells = (head: string) => tableOf('CONTRIBUTING.md', head).map(([cell = '']) => cell)

test('all code is in tables and sentences, which are compared here', () => {
  expect(blocksOf(CONTRIBUTING)).toEqual([])
})

test('every script of npm that it names exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> }
  const named = [...codeOf(CONTRIBUTING).matchAll(/\bnpm (?:run ([\w:]+)|(start|test))\b/g)]
  expect(named.length).toBeGreaterThan(6)
  expect(named.map(([, script, short]) => script ?? short ?? '').filter((name) => !(name in scripts))).toEqual([])
})

test('every file and folder that it names exists', () => {
  const paths = [...codeOf(CONTRIBUTING).matchAll(/(?:lib|test|docs|example-app|\.ci)\/[\w./-]*/g)].map(
    ([path]) => path
  )
  expect(paths.length).toBeGreaterThan(12)
  expect(paths.filter((path) => !existsSync(path))).toEqual([])
})

test('the table of variables has all that the tests and benchmarks read, and no other', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.endsWith('.ts') && !path.includes('node_modules')
  )
  const read = files.flatMap((path) =>
    [...readFileSync(`test/${path}`, 'utf8').matchAll(/process\.env\['([A-Z_]+)'\]/g)].map(([, name = '']) => name)
  )
  const named = firstCells('Variable').map((cell) => cell.replace(/=.*$/, ''))
  expect([...new Set(read)].filter((name) => !OF_APPS.test(name) && !named.includes(name))).toEqual([])
  // Jest's own configuration reads CI.
  expect(named.filter((name) => name !== 'CI' && !read.includes(name))).toEqual([])
})

test('the table of lib/ has its folders and root files in the order of imports', () => {
  const rows = firstCells('In `lib/`').map((cell) => (cell.includes('`') ? codeIn(cell) : [cell]))
  expect(rows.map((names) => names.map((name) => name.replace(/\/$|\.ts$/, '')))).toEqual(FLOORS)
})
