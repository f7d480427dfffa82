// Runs real projects with the packed package: CommonJS, ESM, Passport with sessions on disk, Jest, Vitest; Express 4.16 to 5.
import { readFile } from 'node:fs/promises'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import {
  type Installed,
  installNodes,
  installPackedWith,
  type Outcome,
  run,
  TRY_EVERYTHING
} from './packed-consumer.js'

jest.setTimeout(120_000)

const RUNNERS = ['jest@^30.0.0', ...(TRY_EVERYTHING ? ['vitest@^4.0.0'] : [])]
const PASSPORT = ['passport@^0.7.0', 'passport-local@^1.0.0', 'session-file-store@^1.5.0', 'ejs@^7.0.2']
/** Always the oldest version of the peer range; those between it and the newest only in CI. */
const EXPRESS_4 = ['~4.16.0', ...(TRY_EVERYTHING ? ['~4.17.0', '^4.22.0'] : [])]
const express4: { range: string; installed: Installed | undefined }[] = []
for (const range of EXPRESS_4) {
  const installed = await installPackedWith([`express@${range}`, 'express-session@^1.17.0', ...PASSPORT])
  express4.push({ range, installed })
}
const express5 = await installPackedWith(['express@^5.0.0', 'express-session@^1.19.0', ...RUNNERS])
const { nodes, remove } = await installNodes()

afterAll(async () => {
  await Promise.all([...express4.map(({ installed }) => installed?.remove()), express5?.remove(), remove()])
})

const ONE_MINT = {
  exports: ['function', 'function', 'function', 'function', 'function'],
  calls: 1,
  visitors: ['ada@example.com', 'ada@example.com'],
  sameToken: true,
  cacheControl: 'private, no-store'
}

/** Skips the tests if the registry could not be reached, for which a message was printed. */
function describeInstalled(
  name: string,
  installed: Installed | undefined,
  tests: (installed: Installed) => void
): void {
  if (installed) describe(name, () => tests(installed))
  else describe.skip(name, () => test('needs the npm registry', () => {}))
}

/** Expects an empty standard error output: no deprecation and no experimental warning of Node or a package. */
function reported({ code, stdout, stderr }: Outcome): unknown {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return JSON.parse(stdout)
}

describe.each([...nodes])('on Node %s', (_line, node) => {
  describe.each(express4)('with Express $range', ({ range, installed }) => {
    describeInstalled('installed', installed, ({ project, file }) => {
      test('this version of Express is installed, and no other', async () => {
        const { version } = JSON.parse(await readFile(file('express/package.json'), 'utf8'))
        expect(version).toMatch(
          range === '^4.22.0' ? /^4\.\d+\./ : new RegExp(`^${range.slice(1, 5).replace('.', '\\.')}\\.`)
        )
      })

      test.each(['commonjs', 'esm'])('a %s app mints once for two pages and prints no warning', async (name) => {
        expect(reported(await run(node, ['--trace-warnings', 'app.js'], project(name)))).toEqual(ONE_MINT)
      })

      test('a Passport app with sessions on disk mints once per visitor and expires the cookies at logout', async () => {
        expect(reported(await run(node, ['--trace-warnings', 'app.js'], project('passport')))).toEqual({
          guest: 'nobody',
          login: 'ada@example.com',
          pages: Array(5).fill('ada@example.com'),
          after: 'nobody',
          other: 'bob@example.com',
          calls: 2,
          forgotten: true
        })
      })
    })
  })

  describeInstalled('with Express 5', express5, ({ project, file }) => {
    test.each(['commonjs', 'esm'])('a %s app mints once for two pages and prints no warning', async (name) => {
      expect(reported(await run(node, ['--trace-warnings', 'app.js'], project(name)))).toEqual(ONE_MINT)
    })

    const runners: [string, string, string[]][] = [['Jest in its default CommonJS mode', 'jest', ['jest/bin/jest.js']]]
    if (TRY_EVERYTHING) runners.push(['Vitest', 'vitest', ['vitest/vitest.mjs', 'run']])
    test.each(runners)('the test of an app passes in %s', async (_name, name, [path = '', ...args]) => {
      const { code, stdout, stderr } = await run(node, ['--trace-warnings', file(path), ...args], project(name))
      const output = stdout + stderr
      expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('1 passed') })
      expect(output).not.toMatch(/warning|did not exit|express-hubspot-identification: /i)
    })
  })
})

describeInstalled('the command', express5, ({ folder }) => {
  test('can be run by its name after the installation', async () => {
    const { code, stdout } = await run('npx', ['--no-install', 'express-hubspot-identification', '--version'], folder)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/\d+\.\d+\.\d+\n$/) })
  })
})
