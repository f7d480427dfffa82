// All faults, as the caller gets them over HTTP.
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, type SimulatorFault, startHubSpotSimulator } from '../../lib/testing/index.js'
import { call, callForBody, mint } from './api-calls.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  simulator = await startHubSpotSimulator()
})
afterEach(() => simulator.close())

/** The error of a failed call: its code, or its name. */
async function failure(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason
  )
  const { name, cause } = (error ?? {}) as { name?: string; cause?: { code?: string; name?: string } }
  return cause?.code ?? cause?.name ?? name ?? 'no failure'
}

describe('the queue', () => {
  test('gives one fault to each of the next mints and none to other calls; then mints get the normal answer', async () => {
    simulator.respondWith({ status: 500 }, { status: 503 })
    simulator.respondWith({ status: 502 })
    expect((await call(simulator, { path: '/account-info/v3/details', method: 'GET' })).status).toBe(200)
    const seen = []
    for (let round = 0; round < 4; round += 1) seen.push((await call(simulator)).status)
    expect(seen).toEqual([500, 503, 502, 200])
  })

  test('repeats a fault `times` times, or until it is cleared', async () => {
    simulator.respondWith({ status: 500, times: 2 }, { status: 503, times: Number.POSITIVE_INFINITY })
    const seen = []
    for (let round = 0; round < 5; round += 1) seen.push((await call(simulator)).status)
    expect(seen).toEqual([500, 500, 503, 503, 503])
    simulator.respondWith()
    expect((await call(simulator)).status).toBe(200)
  })

  test('gives a fault with `when` only to calls for which `when` is true', async () => {
    const when: SimulatorFault['when'] = ({ body }) => (body as { email: string }).email === 'mallory@example.com'
    simulator.respondWith({ status: 400, times: Number.POSITIVE_INFINITY, when })
    expect((await call(simulator)).status).toBe(200)
    expect((await call(simulator, { body: { email: 'mallory@example.com' } })).status).toBe(400)
    expect((await call(simulator)).status).toBe(200)
  })

  test('answers 500 if `when` throws, and works for later calls', async () => {
    simulator.respondWith({
      status: 400,
      when: () => {
        throw new Error('no')
      }
    })
    expect((await call(simulator)).status).toBe(500)
    simulator.respondWith()
    expect((await call(simulator)).status).toBe(200)
  })

  test.each([
    [{ foo: 1 }, /fault 1 has no kind; give it one of .*hang.*foo/],
    [{}, /has no kind/],
    [undefined, /must be an object/],
    [{ status: 99 }, /fault 1 \(status\) is wrong at "status"/],
    [{ hang: 'forever' }, /fault 1 \(hang\) is wrong at "hang"/],
    [{ hang: true, status: 500 }, /Unrecognized key: "status"/],
    [{ status: 500, times: 0 }, /wrong at "times"/],
    [{ status: 500, when: true }, /wrong at "when"/],
    [{ delayMs: -1 }, /wrong at "delayMs"/],
    [{ status: 503, headers: { 'bad name': 'x' } }, /wrong at "headers": cannot be sent/],
    [{ redirect: 'https://x.example/\u2713' }, /wrong at "redirect": cannot stand in a header/]
  ])('refuses %j with a clear message, and adds no fault of the call', async (fault, message) => {
    expect(() => simulator.respondWith({ status: 500 }, fault as never)).toThrow(
      new RegExp(message.source.replace('fault 1', 'fault 2'))
    )
    expect((await call(simulator)).status).toBe(200)
  })
})

test('respondWith() refuses a value that cannot be converted to JSON', () => {
  for (const fault of [{ token: 1n }, { status: 200, body: { size: 1n } }]) {
    expect(() => simulator.respondWith({ ...fault, delayMs: 5 })).toThrow(/cannot be written as JSON/)
  }
})

test('a delayed fault that throws ends only its own call', async () => {
  let written = 0
  const toJSON = () => {
    written += 1
    if (written > 1) throw new Error('of the test')
    return {}
  }
  simulator.respondWith({ delayMs: 1, status: 200, body: { toJSON } })
  expect(await failure(call(simulator))).toMatch(/SocketError|UND_ERR_SOCKET|ECONNRESET/)
  expect((await call(simulator)).status).toBe(200)
})

test('a call of the mint path with another method takes no fault', async () => {
  simulator.respondWith({ status: 500 })
  expect((await call(simulator, { method: 'GET' })).status).toBe(405)
  expect((await call(simulator)).status).toBe(500)
})

describe('a fault with a status', () => {
  test.each([
    [400, { category: 'VALIDATION_ERROR' }],
    [401, { category: 'INVALID_AUTHENTICATION' }],
    [403, { category: 'MISSING_SCOPES' }],
    [404, { category: 'OBJECT_NOT_FOUND' }],
    [405, { category: 'METHOD_NOT_ALLOWED' }],
    [423, { category: 'LOCKED' }],
    [429, { errorType: 'RATE_LIMIT', policyName: 'TEN_SECONDLY_ROLLING' }],
    [477, { category: 'MIGRATION_IN_PROGRESS' }],
    [503, { status: 'error' }]
  ])('%i has the body that HubSpot documents', async (status, body) => {
    simulator.respondWith({ status })
    expect(await callForBody(simulator)).toMatchObject({ status, body })
  })

  test('can have a body as JSON or text, headers, and the policy of a 429', async () => {
    simulator.respondWith(
      { status: 403, body: { category: 'PLAN' } },
      { status: 502, body: '<h1>Bad</h1>', headers: { 'content-type': 'text/html' } },
      { status: 429, policyName: 'DAILY', headers: { 'retry-after': '30' } },
      { status: 204 }
    )
    expect((await callForBody(simulator)).body).toEqual({ category: 'PLAN' })
    const bad = await call(simulator)
    expect([bad.headers.get('content-type'), await bad.text()]).toEqual(['text/html', '<h1>Bad</h1>'])
    const limited = await callForBody(simulator)
    expect([limited.body.policyName, limited.headers.get('retry-after')]).toEqual(['DAILY', '30'])
    expect((await call(simulator)).status).toBe(204)
  })
})

describe('a faulty answer', () => {
  test('can be a web page with 200, an empty body, any value as token, or a redirect', async () => {
    simulator.respondWith(
      { html: '<p>Log in</p>' },
      { empty: true },
      { token: null },
      { redirect: 'http://127.0.0.1:1/' },
      { redirect: '/x', status: 307 }
    )
    const page = await call(simulator)
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      200,
      'text/html;charset=utf-8',
      '<p>Log in</p>'
    ])
    expect(await (await call(simulator)).text()).toBe('')
    expect(await callForBody(simulator)).toMatchObject({ status: 200, body: { token: null } })
    const redirect = await call(simulator)
    expect([redirect.status, redirect.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/'])
    expect((await call(simulator)).status).toBe(307)
  })

  test('can end in the middle of the body, or contain half a JSON text', async () => {
    simulator.respondWith({ truncate: true }, { truncate: 'json' })
    expect(await failure(call(simulator).then((response) => response.text()))).toBe('UND_ERR_SOCKET')
    const half = await (await call(simulator)).text()
    expect(half).toMatch(/^\{"token":"/)
    expect(() => JSON.parse(half)).toThrow()
  })

  test('can be a reset, before or after the headers', async () => {
    simulator.respondWith({ reset: true }, { reset: 'after-headers' })
    expect(await failure(call(simulator))).toBe('ECONNRESET')
    const response = await call(simulator)
    expect(response.status).toBe(200)
    expect(await failure(response.text())).toBe('ECONNRESET')
  })

  test('can arrive one byte at a time', async () => {
    simulator.respondWith({ drip: { intervalMs: 1 } })
    const response = await call(simulator)
    let pieces = 0
    let text = ''
    for await (const piece of response.body ?? []) {
      pieces += 1
      text += Buffer.from(piece as Uint8Array).toString()
    }
    expect(pieces).toBeGreaterThan(10)
    expect(simulator.verify((JSON.parse(text) as { token: string }).token)?.email).toBe('jane@example.com')
  })

  test('can have a body without an end', async () => {
    simulator.respondWith({ endless: true })
    const stop = new AbortController()
    const response = await call(simulator, { signal: stop.signal })
    let size = 0
    const read = async () => {
      for await (const piece of response.body ?? []) {
        size += (piece as Uint8Array).length
        if (size > 2_000_000) stop.abort()
      }
    }
    expect(await failure(read())).toBe('AbortError')
    expect(size).toBeGreaterThan(2_000_000)
    expect(await mint(simulator)).toBeDefined()
  })

  test('can hang, before or after the headers, while other calls are answered', async () => {
    simulator.respondWith({ hang: true }, { hang: 'after-headers' })
    const hanging = failure(call(simulator))
    while (simulator.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const headersOnly = await call(simulator)
    expect(headersOnly.status).toBe(200)
    const body = failure(headersOnly.text())
    expect((await call(simulator)).status).toBe(200)
    await simulator.close()
    expect(await hanging).toBe('UND_ERR_SOCKET')
    expect(await body).toBe('UND_ERR_SOCKET')
  })

  test('can be delayed, with or without another fault', async () => {
    simulator.respondWith({ delayMs: 30 }, { delayMs: 30, status: 503 })
    for (const status of [200, 503]) {
      const before = performance.now()
      expect((await call(simulator)).status).toBe(status)
      expect(performance.now() - before).toBeGreaterThanOrEqual(29)
    }
  })

  test('is not sent if the caller has disconnected during the delay', async () => {
    simulator.respondWith({ delayMs: 20 })
    const socket = connect(simulator.port, '127.0.0.1')
    socket.write('POST /visitor-identification/v3/tokens/create HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}')
    while (simulator.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 40))
    expect((await call(simulator)).status).toBe(200)
  })
})
