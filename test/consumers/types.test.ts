// The packed package in a typed project, with library checks on: node16, nodenext and bundler resolution, types of Express 4 and 5.
import { readdir } from 'node:fs/promises'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { type Installed, installPackedWith, run, TRY_EVERYTHING } from './packed-consumer.js'

jest.setTimeout(120_000)

const TYPES_4 = ['express@^4.22.0', '@types/express@^4.17.0', '@types/express-session@^1.17.0']
const TYPES_5 = ['express@^5.0.0', '@types/express@^5.0.0', '@types/express-session@^1.19.0']
const ALL_RESOLUTIONS = ['nodenext', 'node16', 'bundler']
const RESOLUTIONS = TRY_EVERYTHING ? ALL_RESOLUTIONS : ALL_RESOLUTIONS.slice(0, 1)

/** The packages of a project, its configurations that must compile, and the expected number of copies of Express's types. */
type Project = { types: string; packages: string[]; configurations: string[]; copies: number }

const projects: Project[] = [
  {
    types: 'the types of Express 4',
    packages: [...TYPES_4, 'typescript@^5.9.0'],
    configurations: RESOLUTIONS,
    copies: 1
  },
  {
    types: 'no types of express-session',
    packages: ['express@^5.0.0', '@types/express@^5.0.0', 'typescript@^6.0.0'],
    configurations: ['no-session', 'plain'],
    copies: 1
  },
  { types: 'no types at all', packages: ['express@^5.0.0', 'typescript@^6.0.0'], configurations: ['plain'], copies: 0 }
]
if (TRY_EVERYTHING) {
  const packages = [...TYPES_5, 'typescript@^6.0.0']
  projects.push({ types: 'the types of Express 5', packages, configurations: RESOLUTIONS, copies: 1 })
}

const installed: (Project & { folder: Installed | undefined })[] = []
for (const project of projects) installed.push({ ...project, folder: await installPackedWith(project.packages) })

afterAll(async () => {
  await Promise.all(installed.map(({ folder }) => folder?.remove()))
})

describe.each(installed)('a TypeScript app with $types', ({ folder, configurations, copies }) => {
  const testInstalled = folder ? test : test.skip

  testInstalled.each(configurations)('compiles as configured in tsconfig.%s.json', async (configuration) => {
    if (!folder) return
    const args = [folder.file('typescript/bin/tsc'), '--project', `tsconfig.${configuration}.json`]
    const { code, stdout } = await run(process.execPath, args, folder.project('typescript'))
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' })
  })

  testInstalled('gets no second copy of the types of Express, and none if it did not install them', async () => {
    if (!folder) return
    const paths = await readdir(folder.file(''), { recursive: true })
    expect(paths.filter((path) => path.endsWith('@types/express/package.json'))).toHaveLength(copies)
  })
})
