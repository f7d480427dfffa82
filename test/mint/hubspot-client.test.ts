// One call to HubSpot over real sockets: the request, and how each kind of answer is read.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { Agent } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createAttempts, newJob } from '../../lib/mint/attempt.js'
import { type ClientSettings, createHubSpotClient, type MintCall } from '../../lib/mint/hubspot-client.js'
import { VERSION } from '../../lib/mint/version.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { policySettings, recordFaults, startServer } from './harness.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  simulator = await startHubSpotSimulator()
})
afterEach(() => simulator.close())

function ask(settings: Partial<ClientSettings> = {}, call: Partial<MintCall> = {}) {
  const client = createHubSpotClient({ apiVersion: '2026-09', baseUrl: new URL(simulator.url), ...settings })
  return client({
    visitor: { email: 'jane@example.com' },
    accessToken: 'pat-1',
    withoutContext: false,
    signal: AbortSignal.timeout(5000),
    ...call
  })
}

describe('the request', () => {
  test.each(['2026-09', '2026-03', '2025-09', 'v3'])('goes to the path of version %s', async (apiVersion) => {
    expect(await ask({ apiVersion })).toMatchObject({ ok: true })
    expect(simulator.requests[0]).toMatchObject({
      method: 'POST',
      path: `/visitor-identification/${apiVersion}/tokens/create`
    })
  })

  test('keeps a path that the base URL has', async () => {
    const paths: (string | undefined)[] = []
    const server = await startServer((req, res) => {
      paths.push(req.url)
      res.end('{"token":"t"}')
    })
    await ask({ baseUrl: new URL(`${server.url}/proxy/`) })
    await ask({ baseUrl: new URL(`${server.url}/proxy`) })
    await server.close()
    expect(new Set(paths)).toEqual(new Set(['/proxy/visitor-identification/2026-09/tokens/create']))
  })

  test('has the headers authorization, user-agent and content-type', async () => {
    await ask()
    expect(simulator.requests[0]?.headers).toMatchObject({
      authorization: 'Bearer pat-1',
      'content-type': 'application/json',
      accept: 'application/json',
      'user-agent': `express-hubspot-identification/${VERSION}`
    })
  })

  test('contains the address, the names if there are any, and an empty context', async () => {
    await ask()
    await ask({}, { visitor: { email: 'jane@example.com', firstName: 'Jane', lastName: 'Doe' } })
    expect(simulator.requests.map(({ body }) => body)).toEqual([
      { email: 'jane@example.com', hsCustomerAgentContext: {} },
      { email: 'jane@example.com', firstName: 'Jane', lastName: 'Doe', hsCustomerAgentContext: {} }
    ])
  })

  test("contains the visitor's own context, or none if `withoutContext` is set", async () => {
    const visitor = { email: 'jane@example.com', customerAgentContext: { plan: 'gold' } }
    await ask({}, { visitor })
    await ask({}, { visitor, withoutContext: true })
    expect(simulator.requests.map(({ body }) => body)).toEqual([
      { email: 'jane@example.com', hsCustomerAgentContext: { plan: 'gold' } },
      { email: 'jane@example.com' }
    ])
  })

  test('uses one connection for consecutive calls', async () => {
    let connections = 0
    const server = await startServer((_req, res) => res.end('{"token":"t"}'))
    server.server.on('connection', () => {
      connections += 1
    })
    const client = createHubSpotClient({ apiVersion: 'v3', baseUrl: new URL(server.url) })
    for (let call = 0; call < 5; call += 1) {
      const signal = AbortSignal.timeout(5000)
      await client({ visitor: { email: 'jane@example.com' }, accessToken: 'pat-1', withoutContext: false, signal })
    }
    await server.close()
    expect(connections).toBe(1)
  })

  test("uses the app's agent, and the app's fetch", async () => {
    const agent = new Agent({ keepAlive: true })
    await ask({ agent })
    expect(Object.keys(agent.freeSockets)).toHaveLength(1)
    agent.destroy()
    expect(await ask({ fetch: (url, init) => fetch(url, init) })).toMatchObject({ ok: true })
    expect(simulator.requests).toHaveLength(2)
  })

  test.each([301, 302, 303, 307, 308])('does not follow a %i to another host', async (status) => {
    let reached = 0
    const other = await startServer((_req, res) => {
      reached += 1
      res.end('{"token":"stolen"}')
    })
    simulator.respondWith({ redirect: `${other.url}/elsewhere`, status, times: 2 })
    for (const settings of [{}, { fetch: (url: string, init: RequestInit) => fetch(url, init) }]) {
      expect(await ask(settings)).toMatchObject({
        ok: false,
        passing: false,
        fault: { code: 'ERR_BAD_RESPONSE', upstreamStatus: status, hint: expect.stringContaining('baseUrl') }
      })
    }
    await other.close()
    expect(reached).toBe(0)
  })
})

describe('the answer', () => {
  test('is the token', async () => {
    const answer = await ask()
    expect(answer.ok && simulator.verify(answer.token)).toMatchObject({ email: 'jane@example.com' })
  })

  test.each([
    ['is a web page', { html: '<!doctype html><title>Sign in</title>' }, 'is not JSON'],
    ['is empty', { empty: true }, 'is not JSON'],
    ['is cut off inside its JSON', { truncate: 'json' }, 'is not JSON'],
    ['never ends', { endless: true }, 'is larger than 64 KiB'],
    ['is JSON without a token', { status: 200, body: { tokens: [] } }, 'carries no usable token'],
    ['is null', { status: 200, body: 'null' }, 'carries no usable token'],
    ['has a token that is no string', { token: 5 }, 'carries no usable token'],
    ['has an empty token', { token: '' }, 'carries no usable token'],
    ['has a token with white space', { token: 'a b' }, 'carries no usable token'],
    ['has a token with a tag', { token: '</script>' }, 'carries no usable token'],
    ['has a token beyond ASCII', { token: 'tökén' }, 'carries no usable token'],
    ['has a token of 4,097 characters', { token: 'a'.repeat(4097) }, 'carries no usable token']
  ] as const)('is refused when it %s', async (_name, fault, what) => {
    simulator.respondWith(fault)
    expect(await ask()).toMatchObject({
      ok: false,
      kind: 'visitor',
      passing: false,
      fault: { code: 'ERR_BAD_RESPONSE', upstreamStatus: 200, message: expect.stringContaining(what) }
    })
  })

  test('may have 64 KiB, but not one byte more', async () => {
    const padded = (size: number) => `{"token":"t","pad":"${'x'.repeat(size - 22)}"}`
    expect(Buffer.byteLength(padded(64 * 1024))).toBe(64 * 1024)
    simulator.respondWith({ status: 200, body: padded(64 * 1024) }, { status: 200, body: padded(64 * 1024 + 1) })
    expect(await ask()).toEqual({ ok: true, token: 't', status: 200 })
    expect(await ask()).toMatchObject({ ok: false, fault: { code: 'ERR_BAD_RESPONSE' } })
    simulator.respondWith({ status: 200, body: padded(64 * 1024 + 1) })
    const textOnly: ClientSettings['fetch'] = async (url, init) => {
      const { status, headers, text } = await fetch(url, init).then(async (response) => {
        const body = await response.text()
        return { status: response.status, headers: response.headers, text: async () => body }
      })
      return { status, headers, text }
    }
    expect(await ask({ fetch: textOnly })).toMatchObject({ ok: false, fault: { code: 'ERR_BAD_RESPONSE' } })
  })

  test.each([
    [403, 'ERR_FORBIDDEN'],
    [500, 'ERR_UNAVAILABLE']
  ])('is judged by its status %i, however large its body is', async (status, code) => {
    simulator.respondWith({ status, body: 'x'.repeat(100_000) })
    expect(await ask()).toMatchObject({ ok: false, fault: { code, upstreamStatus: status } })
  })

  test.each([400, 401, 403, 429, 503])('with status %i counts also when its body is cut off', async (status) => {
    const server = await startServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': '100' })
      response.write('{"category":', () => response.destroy())
    })
    expect(await ask({ baseUrl: new URL(server.url) })).toMatchObject({ ok: false, fault: { upstreamStatus: status } })
    await server.close()
  })

  test('with status 401 counts also when its body never arrives', async () => {
    const server = await startServer((_request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' }).flushHeaders()
    })
    const attempts = createAttempts(policySettings(server.url, { timeoutMs: 150 }), recordFaults().report)
    const job = newJob({ email: 'jane@example.com' }, Date.now() + 30_000)
    expect(await attempts.run(job)).toMatchObject({ kind: 'credential', fault: { upstreamStatus: 401 } })
    expect(job.attempts).toBe(1)
    await server.close()
  })

  test.each([
    ['hangs', { hang: true }],
    ['hangs after its headers', { hang: 'after-headers' }],
    ['drips', { drip: { intervalMs: 40 } }]
  ] as const)('is aborted when it %s', async (_name, fault) => {
    simulator.respondWith(fault)
    const startedAtMs = performance.now()
    expect(await ask({}, { signal: AbortSignal.timeout(150) })).toMatchObject({
      ok: false,
      kind: 'service',
      passing: true,
      fault: { code: 'ERR_UNAVAILABLE', hint: expect.stringContaining('in time'), cause: { name: 'AbortError' } }
    })
    expect(performance.now() - startedAtMs).toBeLessThan(1000)
  })

  test("is not read further after the time-out, also if the app's fetch ignores the signal", async () => {
    const controller = new AbortController()
    const body = new ReadableStream({
      start: (stream) => stream.enqueue(Buffer.from('{"token":')),
      pull(stream) {
        controller.abort()
        stream.enqueue(Buffer.from('"t"}'))
        stream.close()
      }
    })
    expect(await ask({ fetch: async () => new Response(body) }, { signal: controller.signal })).toMatchObject({
      ok: false,
      passing: true,
      fault: { code: 'ERR_UNAVAILABLE', hint: expect.stringContaining('in time') }
    })
  })

  test.each([
    ['is reset', { reset: true }],
    ['is reset after its headers', { reset: 'after-headers' }],
    ['is cut off', { truncate: true }]
  ] as const)('is a fault that passes when the connection %s', async (_name, fault) => {
    simulator.respondWith(fault)
    expect(await ask()).toMatchObject({ ok: false, passing: true, fault: { code: 'ERR_UNAVAILABLE', retryable: true } })
  })
})

describe('no connection', () => {
  test('has the code of the error as cause: connection refused', async () => {
    await simulator.close()
    expect(await ask()).toMatchObject({
      fault: { code: 'ERR_UNAVAILABLE', cause: { name: 'FetchError', code: 'ECONNREFUSED' } }
    })
  })

  test('has the code of the error as cause: unknown host', async () => {
    const answer = await ask({ baseUrl: new URL('https://no-such-host.invalid') })
    expect(answer).toMatchObject({ ok: false, passing: true, fault: { code: 'ERR_UNAVAILABLE' } })
    expect(answer.ok || answer.fault.cause?.code).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/)
  })

  test('has the code of the error as cause: untrusted certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'self-signed-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1']
    execFileSync('openssl', [...args, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' })
    let reached = 0
    const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_req, res) => {
      reached += 1
      res.end('{"token":"t"}')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const answer = await ask({ baseUrl: new URL(`https://localhost:${port}`) })
    server.close()
    rmSync(folder, { recursive: true })
    expect(answer).toMatchObject({
      ok: false,
      fault: { code: 'ERR_UNAVAILABLE', cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } }
    })
    expect(reached).toBe(0)
  })
})
