// Runs the quick start of the README unchanged, as an ECMAScript module and with `require`, against a simulator.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { settingsSeenBy } from '../support/browser-view.js'
import { blocksOf, documentAt } from '../support/documents.js'

const [esm = '', requires = ''] = blocksOf(documentAt('README.md'))
  .filter(({ language }) => language === 'js')
  .map(({ code }) => code)

/** The app with its imports replaced by the `require` lines of the README. */
const cjs = esm.replace(/^(import .*\n)+/, requires)

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

/** Starts the app with `node <file>`; gives its page as soon as it is served. */
async function pageOf(file: string, source: string, hubspot: HubSpotSimulator): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'quick-start-'))
  closers.push(() => rm(folder, { recursive: true, force: true }))
  await symlink(resolve('node_modules'), join(folder, 'node_modules'))
  expect(source).toContain('http://127.0.0.1:4010')
  await writeFile(join(folder, file), source.replace('http://127.0.0.1:4010', hubspot.url))
  const port = await freePort()
  const child: ChildProcess = spawn(process.execPath, [file], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: String(port) }
  })
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk))
  const ended = new Promise((done) => child.on('close', done))
  closers.push(async () => {
    child.kill('SIGTERM')
    await ended
  })
  while (true) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)
    if (answer) {
      const page = await answer.text()
      expect(printed).toBe('')
      return page
    }
    if (child.exitCode !== null) throw new Error(printed)
    await new Promise((done) => setTimeout(done, 50))
  }
}

test.each([
  ['app.mjs', esm],
  ['app.cjs', cjs]
])(
  '%s sends a page with an identified chat, and prints nothing',
  async (file, source) => {
    const hubspot = await startHubSpotSimulator()
    closers.push(() => hubspot.close())
    const page = await pageOf(file, source, hubspot)
    const { identificationEmail, identificationToken } = settingsSeenBy(page) as Record<string, unknown>
    expect(identificationEmail).toBe('jane@example.com')
    expect(hubspot.verify(identificationToken)).toMatchObject({ email: 'jane@example.com', firstName: 'Jane' })
    expect(page).toContain(`${hubspot.url}/12345.js`)
  },
  60_000
)

test('the app is the one that test/browser opens in a browser', async () => {
  expect(esm).toBe(await readFile('test/consumers/without-account/app.js', 'utf8'))
})
