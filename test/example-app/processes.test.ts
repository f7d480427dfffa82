// The example started as a process: its output, the settings that it refuses, and how it stops.
import { type ChildProcess, spawn } from 'node:child_process'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import request from 'supertest'
import { describeWithRedis, startRedis } from '../support/redis.js'
import { credentials } from './start-example.js'

const ROOT = new URL('../..', import.meta.url).pathname

/** Processes are slow on a busy machine. */
jest.setTimeout(120_000)

type Started = {
  child: ChildProcess
  text: () => string
  says: (words: string) => Promise<void>
  ends: Promise<number>
}

const cleanUps: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp()
})

function start(command: string, args: string[], env: Record<string, string> = {}): Started {
  const child = spawn(command, args, { cwd: ROOT, env: { PATH: process.env['PATH'], ...env } })
  let text = ''
  const listeners = new Set<() => void>()
  const ends = new Promise<number>((resolve) => child.on('close', (code) => resolve(code ?? -1)))
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk
      for (const listener of listeners) listener()
    })
  }
  const says = (words: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => text.includes(words) && resolve()
      listeners.add(look)
      look()
      void ends.then((code) => reject(new Error(`ended with ${code} before it said "${words}":\n${text}`)))
    })
  cleanUps.push(() => {
    if (child.exitCode === null) child.kill('SIGKILL')
    return ends
  })
  return { child, text: () => text, says, ends }
}
const startApp = (env: Record<string, string>) =>
  start(process.execPath, ['--import', 'tsx', 'example-app/server.ts'], { PORT: '0', SIMULATOR_PORT: '0', ...env })

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listenSomewhere(): Promise<number> {
  const server: Server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUps.push(() => new Promise((resolve) => server.close(resolve)))
  return (server.address() as AddressInfo).port
}

describe('starting the example', () => {
  test('prints its URL, the demo users and the inbox, and ends on SIGTERM', async () => {
    const app = startApp({})
    await app.says('uma@example.com')
    expect(app.text()).toMatch(/App +http:\/\/127\.0\.0\.1:\d+\n/)
    expect(app.text()).toMatch(/Inbox +http:\/\/127\.0\.0\.1:\d+\/inbox\n/)
    expect(app.text()).toContain('the simulator on this machine')
    expect(app.text()).toContain(`jane@example.com         ${credentials('jane').password}`)
    const url = /App +(\S+)/.exec(app.text())?.[1] ?? ''
    await request(url).get('/').expect(200)
    app.child.kill('SIGTERM')
    expect(await app.ends).toBe(0)
  })

  test.each([
    ['a taken port', {}, 'is taken'],
    [
      'NODE_ENV=production without an access token',
      { NODE_ENV: 'production', SESSION_SECRET: 's' },
      'not for production'
    ],
    ['a Redis that is not there', { REDIS_URL: 'redis://127.0.0.1:1' }, 'Redis cannot be reached'],
    ['several processes without Redis', { WORKERS: '4' }, 'needs REDIS_URL'],
    ['a taken port for the simulator', {}, 'npm start']
  ])('prints one line about %s, and ends with code 1', async (what, env, words) => {
    const port = what === 'a taken port' ? String(await listenSomewhere()) : '0'
    const simulatorPort = what.endsWith('the simulator') ? String(await listenSomewhere()) : '0'
    const app = startApp({ ...(env as Record<string, string>), PORT: port, SIMULATOR_PORT: simulatorPort })
    expect(await app.ends).toBe(1)
    expect(app.text()).toContain(words)
    expect(app.text().trim().split('\n')).toHaveLength(1)
    if (what === 'a taken port') expect(app.text()).toContain(`Port ${port} is taken`)
    if (simulatorPort !== '0') expect(app.text()).toContain(`SIMULATOR_PORT=${Number(simulatorPort) + 1} npm start`)
  })
})

test('the inbox is at the same address after the next start', async () => {
  const port = await freePort()
  for (let run = 0; run < 2; run += 1) {
    const app = startApp({ SIMULATOR_PORT: String(port) })
    await app.says('uma@example.com')
    await request(`http://127.0.0.1:${port}`).get('/inbox').expect(200)
    app.child.kill('SIGTERM')
    expect(await app.ends).toBe(0)
  }
})

test('without SIMULATOR_PORT the inbox is on port 4010; if that is taken, the output names the port used instead', async () => {
  const app = startApp({ SIMULATOR_PORT: '' })
  await app.says('uma@example.com')
  const inbox = /Inbox +(\S+)/.exec(app.text())?.[1] ?? ''
  await request(inbox).get('').expect(200)
  const { port } = new URL(inbox)
  const instead = `Port 4010 is taken, so the simulator and its inbox are on port ${port} this time`
  expect([port === '4010', app.text().includes(instead)]).toEqual(port === '4010' ? [true, false] : [false, true])
  const second = startApp({ SIMULATOR_PORT: '' })
  await second.says('Port 4010 is taken, so the simulator and its inbox are on port')
})

describeWithRedis('several processes behind one port, with Redis', () => {
  test('share sessions and tokens, and report a taken port once', async () => {
    const redis = await startRedis()
    cleanUps.push(() => redis.stop())
    const env = { REDIS_URL: redis.url, WORKERS: '3' }
    const app = startApp(env)
    await app.says('uma@example.com')
    const url = /App +(\S+)/.exec(app.text())?.[1] ?? ''
    const inbox = /Inbox +(\S+)/.exec(app.text())?.[1] ?? ''

    const agent = request.agent(url)
    const token = /name="_csrf" value="(\w{20,})"/.exec((await agent.get('/login')).text)?.[1] ?? ''
    const login = await agent.post('/login').set('x-csrf-token', token).send(credentials('jane')).expect(200)
    for (let view = 0; view < 10; view += 1) {
      // A new connection for each request, so that the requests reach all processes.
      const page = await agent.get('/hubspot/token').set('connection', 'close').expect(200)
      expect(page.body.identificationToken).toBe(login.body.identificationToken)
    }
    await request(inbox).get('').expect(200)

    const second = startApp({ ...env, PORT: new URL(url).port })
    expect(await second.ends).toBe(1)
    expect(second.text().match(/is taken/g)).toHaveLength(1)

    app.child.kill('SIGTERM')
    expect(await app.ends).toBe(0)
  })
})
