// The packed package in a typed project, with library checks on: node16, nodenext and bundler resolution, types of Express 4 and 5.
import { readdir } from 'node:fs/promises'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { type Installed, installPackedWith, run, TRY_EVERYTHING } from './packed-consumer.js'

jest.setTimeout(120_000)

const TYPES_4 = ['express@^4.22.0', '@types/express@^4.17.0', '@types/express-session@^1.17.0']
const TYPES_5 = ['express@^5.0.0', '@types/express@^5.0.0', '@types/express-session@^1.19.0']
const installed: [string, Installed | undefined][] = [
  ['the types of Express 4', await installPackedWith([...TYPES_4, 'typescript@^5.9.0'])],
  // The package brings types of Express 5 along, so that a project without any can check the package's declarations.
  ['no types of its own', await installPackedWith(['express@^5.0.0', 'express-session@^1.0.0', 'typescript@^6.0.0'])]
]
if (TRY_EVERYTHING) {
  installed.push(['the types of Express 5', await installPackedWith([...TYPES_5, 'typescript@^6.0.0'])])
}

afterAll(async () => {
  await Promise.all(installed.map(([, folder]) => folder?.remove()))
})

describe.each(installed)('a TypeScript app with %s', (_types, folder) => {
  const testInstalled = folder ? test : test.skip
  const resolutions = TRY_EVERYTHING ? ['node16', 'nodenext', 'bundler'] : ['nodenext']

  testInstalled.each(resolutions)('compiles with the resolution of %s', async (resolution) => {
    if (!folder) return
    const args = [folder.file('typescript/bin/tsc'), '--project', `tsconfig.${resolution}.json`]
    const { code, stdout } = await run(process.execPath, args, folder.project('typescript'))
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })

  testInstalled('holds one copy of the types of Express', async () => {
    if (!folder) return
    const paths = await readdir(folder.file(''), { recursive: true })
    const copies = (name: string) => paths.filter((path) => path.endsWith(`@types/${name}/package.json`))
    expect({ express: copies('express'), session: copies('express-session') }).toEqual({
      express: ['@types/express/package.json'],
      session: ['@types/express-session/package.json']
    })
  })
})
