// Every session store in docs/stores.md: races of logouts, writes and pages, store calls for each page, and lifetimes of sessions.
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import { run } from '../consumers/packed-consumer.js'
import { printTable, type Tally } from '../session-races/race.js'
import { needsNothing, type ServerName, STORE_KINDS, type StoreKind } from './kinds.js'
import { installStores } from './packages.js'
import { missingPrograms, type Server, startServer } from './servers.js'
import type { Result, Task } from './try-store.js'

const TRY_EVERYTHING = process.env['STORES'] === 'full'
const PATIENCE_MS = 120_000
const NONE = { get: 0, set: 0, destroy: 0, touch: 0 }

const fromNpm = STORE_KINDS.filter((kind) => !needsNothing(kind))
const packages = TRY_EVERYTHING ? await installStores(fromNpm) : undefined
if (!TRY_EVERYTHING) leaveOut('run with STORES=full', fromNpm)

const servers = new Map<ServerName, Server>()
const rows: Record<string, string | number>[] = []

afterAll(async () => {
  for (const server of servers.values()) await server.stop()
  printTable('Session stores', rows)
})

function leaveOut(reason: string, kinds: readonly StoreKind[]): void {
  process.stderr.write(
    `\n*** NOT TESTED, ${reason}: session stores ${kinds.map(({ name }) => name).join('; ')} ***\n\n`
  )
}

/** Whether a store can be tried here. Prints what is missing; with REQUIRE_ALL=1 a missing program is an error. */
function isReady(kind: StoreKind): boolean {
  if (needsNothing(kind)) return true
  if (!packages) return false
  const missing = kind.server ? missingPrograms(kind.server) : []
  if (missing.length === 0) return true
  if (process.env['REQUIRE_ALL'] === '1') throw new Error(`NOT TESTED, ${missing} is missing: ${kind.name}`)
  leaveOut(`${missing} is missing`, [kind])
  return false
}

async function tryStore({ name, server }: StoreKind): Promise<Result> {
  if (server && !servers.has(server)) servers.set(server, await startServer(server))
  const folder = await mkdtemp(join(tmpdir(), 'store-'))
  const port = (server && servers.get(server)?.port) ?? 0
  const task: Task = { kind: name, packages: packages ?? resolve('.'), port, folder }
  const args = ['--import', 'tsx', join(import.meta.dirname, 'try-store.ts'), JSON.stringify(task)]
  const { code, stdout, stderr } = await run(process.execPath, args, resolve('.'), PATIENCE_MS)
  await rm(folder, { recursive: true, force: true })
  const line = stdout.trim().split('\n').at(-1) ?? ''
  if (code !== 0 || !line.startsWith('{')) throw new Error(`It ended with code ${code}:\n${stderr}\n${stdout}`)
  return JSON.parse(line) as Result
}

const sum = (result: Result, key: keyof Tally) => result.plain[key] + result.rolling[key]

describe.each(STORE_KINDS.map((kind) => ({ name: kind.name, kind })))('$name', ({ name, kind }) => {
  const tryHere = isReady(kind) ? test : test.skip

  tryHere(
    kind.isUnsafeAlone
      ? 'revives no session and loses no write, unlike without the library'
      : 'revives no session and loses no write',
    async () => {
      const result = await tryStore(kind)
      const { first, next, isKept, shortened, withoutUs, unhandled } = result
      rows.push({
        store: name,
        requests: sum(result, 'requests'),
        revived: sum(result, 'revived'),
        lost: sum(result, 'lost'),
        foreign: sum(result, 'foreign'),
        shortened,
        'more calls on the first page': `${first.get} get, ${first.set} set`,
        'on the next': next.get + next.set + next.touch + next.destroy,
        'without the library': `${withoutUs.revived} revived, ${withoutUs.lost} lost of ${withoutUs.requests}`
      })
      expect(unhandled).toEqual([])
      expect(first).toEqual({ ...NONE, get: 1, set: 1 })
      expect(next).toEqual(NONE)
      expect(isKept).toBe(true)
      for (const tally of [result.plain, result.rolling]) {
        expect(tally).toMatchObject({ revived: 0, lost: 0, foreign: 0, cut: 0 })
        expect(tally.requests).toBeGreaterThanOrEqual(200)
        // Tokens were stored, so the race tried something.
        expect(tally.kept).toBeGreaterThan(0)
      }
      expect(shortened).toBe(0)
      if (kind.isUnsafeAlone) expect(withoutUs.revived + withoutUs.lost).toBeGreaterThan(0)
    },
    PATIENCE_MS + 60_000
  )
})

test('docs/stores.md lists each store once, in the table for safe or for unsafe stores', () => {
  const [, proved = '', unsafe = ''] = readFileSync('docs/stores.md', 'utf8').split(/^## /m)
  const namesIn = (section: string) => [...section.matchAll(/^\| (.+?) \|/gm)].slice(2).map(([, name]) => name)
  const kindsWhere = (isUnsafeAlone: boolean) =>
    STORE_KINDS.filter((kind) => (kind.isUnsafeAlone ?? false) === isUnsafeAlone).map(({ name }) => name)
  expect(namesIn(proved).sort()).toEqual(kindsWhere(false).sort())
  expect(namesIn(unsafe).sort()).toEqual(kindsWhere(true).sort())
})
