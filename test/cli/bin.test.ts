// The bin of the packed package in a separate process: shebang, exit codes, output streams, and that the process ends.
import { execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { VERSION } from '../../lib/mint/version.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { ACCESS_TOKEN, doctorArgs, EMAIL } from './run-doctor.js'

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { bin: Record<string, string> }
const built = manifest.bin['express-hubspot-identification'] ?? ''

let simulator: HubSpotSimulator
let folder: string
let bin: string

beforeAll(async () => {
  if (!existsSync(built)) throw new Error('The bin is not built: run "npm run build" first.')
  // In a folder of node_modules, the unpacked package finds its dependencies like an installed one.
  folder = mkdtempSync(resolve('node_modules/.packed-'))
  const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
  execFileSync('tar', ['-xzf', packed.toString().trim()], { cwd: folder })
  bin = join(folder, 'package', built)
  simulator = await startHubSpotSimulator({ accessToken: ACCESS_TOKEN })
})

afterAll(async () => {
  await simulator.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Runs the bin with an environment of `PATH` and `env` only. */
function runBin(argv: string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    const child = execFile(
      process.execPath,
      [bin, ...argv],
      { env: { PATH: process.env['PATH'] ?? '', ...env }, timeout: 15_000 },
      (_error, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr })
    )
  })
}

describe('the bin', () => {
  test('begins with the shebang', () => {
    expect(readFileSync(bin, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
  })

  test('runs the checks and exits with 0, without colours in a pipe', async () => {
    const started = Date.now()
    const { code, stdout, stderr } = await runBin(doctorArgs(simulator), { HUBSPOT_ACCESS_TOKEN: ACCESS_TOKEN })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('✔ HubSpot gave a token')
    expect(stdout).not.toContain('\u001b')
    expect(stdout).not.toMatch(/secret|eyJ/)
    expect(Date.now() - started).toBeLessThan(10_000)
  })

  test('exits with 1 if a check failed', async () => {
    const { code, stdout } = await runBin(doctorArgs(simulator, '--json'))
    expect(code).toBe(1)
    expect(JSON.parse(stdout)[0]).toMatchObject({ id: 'credential', status: 'failed' })
  })

  test('checks a page without an access token', async () => {
    const server = createServer((_req, res) => void res.setHeader('content-type', 'text/html').end('<h1>Shop</h1>'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { code, stdout, stderr } = await runBin(['doctor', '--page', `http://127.0.0.1:${port}/`])
    server.close()
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('✔ The page answers 200 with HTML.')
    expect(stdout).not.toContain('HUBSPOT_ACCESS_TOKEN')
  })

  test('exits with 2 on wrong usage', async () => {
    const { code, stdout, stderr } = await runBin(['doctr', '--email', EMAIL])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain('Did you mean "doctor"?')
  })

  test('prints its version', async () => {
    expect(await runBin(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
  })
})

describe('the simulator of the bin', () => {
  /** Starts the simulator and waits for its output. */
  async function startSimulator(env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [bin, 'simulator', '--port', '0'], {
      env: { PATH: process.env['PATH'] ?? '', ...env }
    })
    const [printed] = await once(child.stdout, 'data')
    return { child, url: /HUBSPOT_BASE_URL=(\S+)/.exec(String(printed))?.[1] ?? '' }
  }

  test.each(['SIGINT', 'SIGTERM'] as const)('runs until %s and exits with 0', async (signal) => {
    const { child, url } = await startSimulator()
    expect((await fetch(`${url}/inbox`)).status).toBe(200)
    child.kill(signal)
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  test('exits with 1 if the port is in use, and in production', async () => {
    const { code, stderr } = await runBin(['simulator', '--port', String(simulator.port)])
    expect(code).toBe(1)
    expect(stderr).toContain('is taken')
    const inProduction = await runBin(['simulator', '--port', '0'], { NODE_ENV: 'production' })
    expect(inProduction).toMatchObject({ code: 1, stderr: expect.stringContaining('NODE_ENV=production') })
  })
})
