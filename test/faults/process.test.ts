// Real processes: only an awaited identify() keeps one alive, and the debug output contains no secrets.
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { build } from 'esbuild'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { ACCESS_TOKEN, EMAIL, MARK, NAMES, UPSTREAM_BODY, UPSTREAM_HEADERS } from './markers.js'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const ALWAYS = Number.POSITIVE_INFINITY

/** A bundle for this test: `dist` may be outdated, and compiling in each child process takes seconds. */
const BUNDLE = `${ROOT}node_modules/.cache/process-test-${process.pid}.mjs`

let simulator: HubSpotSimulator
beforeAll(async () => {
  const common = { bundle: true, packages: 'external', platform: 'node', format: 'esm', logLevel: 'error' } as const
  await build({ ...common, entryPoints: [`${ROOT}lib/index.ts`], outfile: BUNDLE })
  simulator = await startHubSpotSimulator()
})
afterAll(async () => {
  rmSync(BUNDLE, { force: true })
  await simulator.close()
})
beforeEach(() => {
  simulator.respondWith()
  simulator.requests.length = 0
})

type Run = { code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string; tookMs: number }

/** Runs a script. It can `make` instances and `visit` one page of each, whose mint may continue in the background. */
function run(script: string, env: Record<string, string> = {}): Promise<Run> {
  const source = `
    import { once } from 'node:events'
    import { get } from 'node:http'
    import express from 'express'
    import { hubspotIdentification } from ${JSON.stringify(BUNDLE)}
    const options = { accessToken: ${JSON.stringify(ACCESS_TOKEN)}, baseUrl: ${JSON.stringify(simulator.url)}, maxWaitMs: 50, session: false }
    const make = (more) => hubspotIdentification({ ...options, ...more })
    /** Serves one page over a real connection, then closes server and connection. */
    async function visit(identification, user) {
      const app = express()
      app.use((req, res, next) => { req.user = user; next() }, identification)
      app.get('/', (req, res) => res.json(res.locals.hubspot.identified))
      const server = app.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const response = await new Promise((resolve) => get({ port: server.address().port, host: '127.0.0.1', agent: false }, resolve))
      let body = ''
      for await (const chunk of response) body += chunk
      server.close()
      server.closeAllConnections()
      console.log('page ' + body)
    }
    ${script}
    console.log('end ' + Math.round(process.uptime() * 1000))`
  const startedAtMs = performance.now()
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--no-warnings', '--input-type=module', '--eval', source],
      { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', ...env }, timeout: 15_000 },
      (_error, stdout, stderr) => {
        resolve({
          code: child.exitCode,
          signal: child.signalCode,
          stdout,
          stderr,
          tookMs: performance.now() - startedAtMs
        })
      }
    )
  })
}

/** How long the process ran after its script had ended. */
function lingeredMs({ stdout, stderr, code, tookMs }: Run): number {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return tookMs - Number(/end (\d+)/.exec(stdout)?.[1])
}

describe('the process ends', () => {
  test('with idle instances', async () => {
    const result = await run('make(); make({ cache: { maxEntries: 5 } }).tokenEndpoint(); make().browserScript()')
    expect(lingeredMs(result)).toBeLessThan(2000)
  })

  test('after a mint, with its keep-alive connection idle', async () => {
    const result = await run(`console.log(typeof (await make().identify({ email: 'a@example.com' })).token)`)
    expect(result.stdout).toContain('string')
    expect(lingeredMs(result)).toBeLessThan(2000)
  })

  test.each([
    ['hangs', { hang: true, times: ALWAYS }],
    ['hangs after its headers', { hang: 'after-headers', times: ALWAYS }],
    ['waits for its next attempt', { status: 423, times: ALWAYS }]
  ] as const)('while a mint that no page waits for any more %s', async (_name, fault) => {
    simulator.respondWith(fault)
    const result = await run(`await visit(make(), { email: 'a@example.com' })`)
    expect(result.stdout).toContain('page false')
    expect(simulator.requests.length).toBeGreaterThan(0)
    expect(lingeredMs(result)).toBeLessThan(2000)
  })

  test('while a renewal hangs', async () => {
    simulator.respondWith({ delayMs: 0 }, { hang: true, times: ALWAYS })
    // The store has a token for Ann that is near its end. Bob's mint leaves an idle connection, which the renewal uses.
    const result = await run(`
      let kept
      const store = {
        get: () => kept && { ...kept, email: 'ann@example.com', expiresAt: Date.now() + 60_000 },
        set: (key, value) => { kept = value },
        delete: () => true
      }
      const identification = make({ cache: { store }, maxWaitMs: 1000 })
      await identification.identify({ email: 'bob@example.com' })
      await visit(identification, { email: 'ann@example.com' })
      await visit(identification, { email: 'ann@example.com' })`)
    expect(result.stdout).toMatch(/page true\npage true/)
    expect(simulator.requests).toHaveLength(2)
    expect(lingeredMs(result)).toBeLessThan(2000)
  })

  test('while a session store never answers that it has destroyed a session', async () => {
    // In production express-session warns about its MemoryStore.
    const result = await run(
      `
      const { default: session } = await import('express-session')
      const store = new session.MemoryStore()
      let destroyed = 0
      store.destroy = () => { destroyed += 1 }
      const sessions = session({ store, secret: 's', resave: false, saveUninitialized: false })
      const logOut = (req, res, next) => { req.session.destroy(() => undefined); next() }
      await visit([sessions, make({ maxWaitMs: 1000 }), logOut], { email: 'a@example.com' })
      console.log('destroyed ' + destroyed)`,
      { NODE_ENV: 'test' }
    )
    expect(result.stdout).toContain('destroyed 1')
    expect(lingeredMs(result)).toBeLessThan(2000)
  })

  test.each(['http', 'https'])('while a mint hangs at the second address of its host (%s)', async (protocol) => {
    // Nothing listens at the first one, and the second accepts the connection without an answer.
    const result = await run(`
      const { default: dns } = await import('node:dns')
      const { createServer } = await import('node:net')
      const silent = createServer().listen(0, '127.0.0.1').unref()
      await once(silent, 'listening')
      silent.on('connection', (socket) => socket.unref())
      const { lookup } = dns
      dns.lookup = (host, options, callback) => {
        if (host !== 'localhost') return lookup(host, options, callback)
        const found = ['127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 }))
        process.nextTick(() => (options.all ? callback(null, found) : callback(null, found[1].address, 4)))
      }
      const baseUrl = '${protocol}://localhost:' + silent.address().port
      await visit(make({ baseUrl, timeoutMs: 10_000 }), { email: 'a@example.com' })`)
    expect(result.stdout).toContain('page false')
    expect(lingeredMs(result)).toBeLessThan(2000)
  })

  test('while a page waits whose client has disconnected', async () => {
    simulator.respondWith({ hang: true, times: ALWAYS })
    const result = await run(`
      const app = express()
      app.use((req, res, next) => { req.user = { email: 'a@example.com' }; next() }, make({ maxWaitMs: 8000 }))
      const server = app.listen(0, '127.0.0.1')
      await once(server, 'listening')
      const call = get({ port: server.address().port, host: '127.0.0.1', agent: false }).on('error', () => undefined)
      await once(server, 'request')
      call.destroy()
      server.close()
      server.closeAllConnections()`)
    expect(lingeredMs(result)).toBeLessThan(2000)
  })

  test('while store, limiter and access token function hang', async () => {
    const result = await run(`
      const hang = () => new Promise(() => {})
      await visit(make({ cache: { store: { get: hang, set: hang, delete: hang } } }), { email: 'a@example.com' })
      await visit(make({ rateLimiter: { consume: hang } }), { email: 'a@example.com' })
      await visit(make({ accessToken: hang, account: 'a' }), { email: 'a@example.com' })`)
    expect(lingeredMs(result)).toBeLessThan(2000)
  })
})

describe('an awaited identify() keeps the process alive until it settles', () => {
  test('with a slow answer of HubSpot', async () => {
    simulator.respondWith({ delayMs: 1500 })
    const result = await run(`console.log('got ' + (await make().identify({ email: 'a@example.com' })).email)`)
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('got a@example.com') })
  })

  test('with a failure after its retries', async () => {
    simulator.respondWith({ hang: true, times: ALWAYS })
    const result = await run(
      `await make({ timeoutMs: 300 }).identify({ email: 'a@example.com' }).catch((error) => console.log(error.code))`
    )
    expect(result).toMatchObject({ code: 0, stdout: expect.stringContaining('ERR_UNAVAILABLE') })
    expect(simulator.requests).toHaveLength(3)
  })
})

test('DEBUG=hubspot-identification shows the cause of a failed call', async () => {
  const { stderr } = await run(
    `await make({ baseUrl: 'http://127.0.0.1:1', retries: 0 }).identify({ email: 'a@example.com' }).catch(() => {})`,
    {
      DEBUG: 'hubspot-identification'
    }
  )
  expect(stderr).toMatch(/ERR_UNAVAILABLE: .* \{"retryable":true,"cause":"FetchError","causeCode":"ECONNREFUSED"/)
})

test('DEBUG=hubspot-identification shows why nobody is identified if nothing failed', async () => {
  const user = JSON.stringify({ email: EMAIL, emailVerified: false })
  const { stderr } = await run(
    `await visit(make(), ${user})
    await visit(make(), undefined)
    await visit(make(), { id: 1 })
    const passport = (req, res, next) => { req.user = ${user}; next() }
    await visit([make(), passport], undefined)
    const reload = (req, res, next) => { req.user = { ...req.user }; next() }
    await visit([make({ maxWaitMs: 1000 }), reload], { email: ${JSON.stringify(EMAIL)} })`,
    { DEBUG: 'hubspot-identification' }
  )
  expect(stderr.match(/req.user has no address/g)).toHaveLength(1)
  expect(stderr.match(/A user's address is not verified \(the mark "emailVerified" does not say yes\)/g)).toHaveLength(
    1
  )
  expect(stderr.match(/req.user appeared after this middleware had run: mount it behind/g)).toHaveLength(1)
  expect(stderr.match(/was replaced after this middleware had run/g)).toHaveLength(1)
  expect(stderr.toLowerCase()).not.toContain(MARK)
})

test('DEBUG=hubspot-identification shows code and hint, and none of the planted secrets', async () => {
  simulator.respondWith({ status: 403, body: UPSTREAM_BODY, headers: UPSTREAM_HEADERS }, { html: MARK })
  const user = JSON.stringify({ email: EMAIL, ...NAMES })
  const { code, stderr } = await run(`await visit(make(), ${user}); await visit(make(), ${user})`, {
    DEBUG: 'hubspot-identification'
  })
  expect(code).toBe(0)
  expect(stderr).toContain('ERR_FORBIDDEN')
  expect(stderr).toContain('ERR_BAD_RESPONSE')
  expect(stderr.toLowerCase()).not.toContain(MARK)
})
