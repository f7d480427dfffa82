// The `simulator` command in this process: the settings that it prints, and the cases in which it does not start.
import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import express from 'express'
import supertest from 'supertest'
import { hubspotIdentification } from '../../lib/index.js'
import { asUser } from '../support/create-app.js'
import { type Given, runCli } from './run-doctor.js'

const stopping: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stopping.splice(0)) await stop()
})

/** Starts the command and waits until it has printed its address. */
async function startCommand(argv: string[], given: Given = {}) {
  const operator = new EventEmitter()
  const started = once(operator, 'printed')
  const ended = runCli(['simulator', ...argv], {
    ...given,
    untilStopped: () => once(operator, 'stop'),
    onStdout: (text) => operator.emit('printed', text)
  })
  const stop = () => {
    operator.emit('stop')
    return ended
  }
  stopping.push(stop)
  const [printed] = await started
  return { printed: String(printed), stop }
}

/** The lines of the form `NAME=value`. */
function environmentIn(printed: string): Record<string, string> {
  return Object.fromEntries([...printed.matchAll(/^ {2}([A-Z_]+)=(\S+)$/gm)].map(([, name, value]) => [name, value]))
}

test('an app with the printed settings identifies its user, and the inbox can be opened', async () => {
  const { printed } = await startCommand(['--port', '0'])
  const env = environmentIn(printed)
  expect(Object.keys(env)).toEqual(['HUBSPOT_ACCESS_TOKEN', 'HUBSPOT_BASE_URL', 'HUBSPOT_PORTAL_ID'])
  const { HUBSPOT_ACCESS_TOKEN: accessToken, HUBSPOT_BASE_URL: baseUrl, HUBSPOT_PORTAL_ID: portalId } = env
  const app = express()
  app.use(asUser({ email: 'ann@example.com' }))
  app.use(hubspotIdentification({ accessToken: accessToken ?? '', baseUrl, portalId, session: false }))
  app.get('/', (_req, res) => {
    res.json(res.locals.hubspot.settings)
  })
  const { body } = await supertest(app).get('/')
  expect(body).toMatchObject({ identificationEmail: 'ann@example.com', identificationToken: expect.any(String) })
  const inbox = await fetch(`${baseUrl}/inbox`)
  expect(await inbox.text()).toContain('Portal 12345')
})

test('the printed options have the same values as the printed environment variables', async () => {
  const { printed } = await startCommand(['--port=0', '--portal-id', '777'])
  const env = environmentIn(printed)
  expect(env['HUBSPOT_BASE_URL']).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect(printed).toContain(`\n  baseUrl: '${env['HUBSPOT_BASE_URL']}',\n  portalId: '777',\n`)
  expect(printed).toContain(`\n  ${env['HUBSPOT_BASE_URL']}/inbox\n`)
  expect((await fetch(`${env['HUBSPOT_BASE_URL']}/777.js`)).status).toBe(200)
})

test('conversations are kept while it runs, and it stops with exit code 0', async () => {
  const { printed, stop } = await startCommand(['--port', '0'])
  const url = environmentIn(printed)['HUBSPOT_BASE_URL'] ?? ''
  const begun = await fetch(`${url}/livechat-public/v1/message/public?portalId=12345`)
  const { sessionId } = (await begun.json()) as { sessionId: string }
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ text: 'Where is my order?' })
  await fetch(`${url}/simulator/messages?session=${sessionId}`, { method: 'POST', headers, body })
  expect(await (await fetch(`${url}/inbox`)).text()).toContain('Where is my order?')
  const { code, stderr, stdout } = await stop()
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/Stopped\. The conversations are gone\.\n$/)
  await expect(fetch(url)).rejects.toThrow()
})

test('the default port is 4010', async () => {
  // The port may be in use on this machine; both outputs name it.
  const stopped = { untilStopped: async () => undefined }
  const { stdout, stderr } = await runCli(['simulator'], stopped)
  expect(stdout + stderr).toMatch(/http:\/\/127\.0\.0\.1:4010\b|port 4010 is taken/)
})

test('if the port is in use, it exits with 1 and suggests another port', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  stopping.push(() => new Promise((resolve) => other.close(resolve)))
  const { port } = other.address() as AddressInfo
  const { code, stdout, stderr } = await runCli(['simulator', '--port', String(port)], { untilStopped: async () => {} })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain(`port ${port} is taken`)
  expect(stderr).toMatch(/Choose another: --port \d+, or --port 0 for any free one\.\n$/)
})

test('it does not start with NODE_ENV=production', async () => {
  const env = { NODE_ENV: 'production' }
  const { code, stdout, stderr } = await runCli(['simulator', '--port', '0'], { env })
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain('does not start with NODE_ENV=production')
})

test('a portal id in the environment is ignored, because it may be that of a real account', async () => {
  const { printed } = await startCommand(['--port', '0'], { env: { HUBSPOT_PORTAL_ID: '99887766' } })
  expect(printed).not.toContain('99887766')
})
