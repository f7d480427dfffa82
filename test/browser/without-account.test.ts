// An identified chat without a HubSpot account, as in the documentation: the simulator command and a small app, in Chromium.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals'
import type { Browser } from 'playwright-core'
import { violationsOf } from '../support/axe.js'
import { describeWithChromium, launchChromium } from '../support/chromium.js'
import { openDevice, openTab, PATIENCE_MS } from './shop-tab.js'

jest.setTimeout(PATIENCE_MS)

const SIMULATOR = resolve('dist/esm/cli/index.js')

describeWithChromium('without a HubSpot account', () => {
  let browser: Browser
  const closers: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser?.close())
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
  })

  /** Starts a program that runs until the test ends; `text` gives its output. */
  function start(args: string[], cwd: string, env: Record<string, string> = {}): { text(): string } {
    const child: ChildProcess = spawn(process.execPath, args, { cwd, env: { PATH: process.env['PATH'], ...env } })
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (printed += chunk))
    const ended = new Promise((done) => child.on('close', done))
    closers.push(async () => {
      child.kill('SIGTERM')
      await ended
    })
    return { text: () => printed }
  }

  async function freePort(): Promise<number> {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const { port } = server.address() as AddressInfo
    await new Promise((done) => server.close(done))
    return port
  }

  async function whenAnswered(url: string, text: () => string): Promise<void> {
    while (true) {
      const answer = await fetch(url).catch(() => undefined)
      if (answer?.ok) return
      if (/error/i.test(text())) throw new Error(text())
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  /** Writes the app of the documentation, with the URL of this test's simulator. */
  async function writeApp(simulator: string): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'without-account-'))
    closers.push(() => rm(folder, { recursive: true, force: true }))
    const source = await readFile('test/consumers/without-account/app.js', 'utf8')
    expect(source).toContain('http://127.0.0.1:4010')
    await writeFile(join(folder, 'app.js'), source.replace('http://127.0.0.1:4010', simulator))
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await symlink(resolve('node_modules'), join(folder, 'node_modules'))
    return folder
  }

  test('the simulator command and a small app give an identified chat; an answer from the inbox appears in it', async () => {
    const simulatorPort = await freePort()
    const simulator = start([SIMULATOR, 'simulator', '--port', String(simulatorPort)], resolve('.'))
    const simulatorUrl = `http://127.0.0.1:${simulatorPort}`
    await whenAnswered(`${simulatorUrl}/inbox`, simulator.text)
    const port = await freePort()
    const app = start(['app.js'], await writeApp(simulatorUrl), { PORT: String(port) })
    const url = `http://127.0.0.1:${port}`
    await whenAnswered(url, app.text)

    const device = await openDevice(browser)
    const tab = await openTab(device, { url })
    await tab.visit('/')
    await tab.chatKnows({ email: 'jane@example.com' })
    await tab.say('Does this work?')
    const inbox = await device.newPage()
    await inbox.goto(`${simulatorUrl}/inbox`)
    expect(await inbox.textContent('[data-contact-name]')).toBe('Jane')
    expect(await inbox.textContent('[data-badge="identified"]')).toBe('Identified via API')
    await inbox.fill('article textarea', 'It does')
    await inbox.click('article button')
    await tab.page.bringToFront()
    await tab.page.locator('#hubspot-simulator-messages li[data-from="agent"]', { hasText: 'It does' }).waitFor()
    expect(await violationsOf(inbox)).toEqual([])
    expect(tab.complaints.filter((text) => !text.includes('favicon') && !text.includes('404'))).toEqual([])
    expect(app.text()).toBe('')
    await device.close()
  })
})
