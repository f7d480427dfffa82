// Starting and stopping the simulator.
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { startHubSpotSimulator } from '../../lib/testing/index.js'
import { call } from './api-calls.js'

const environment = process.env['NODE_ENV']
afterEach(() => {
  process.env['NODE_ENV'] = environment
})

describe('startHubSpotSimulator', () => {
  test('listens on 127.0.0.1 on a free port and gives its address', async () => {
    const simulator = await startHubSpotSimulator()
    expect(simulator.url).toBe(`http://127.0.0.1:${simulator.port}`)
    expect(simulator.portalId).toBe('12345')
    await simulator.close()
  })

  test('refuses to start with NODE_ENV=production', async () => {
    process.env['NODE_ENV'] = 'production'
    await expect(startHubSpotSimulator()).rejects.toThrow('does not start with NODE_ENV=production')
  })

  test('fails with a clear message if the port is in use', async () => {
    const simulator = await startHubSpotSimulator()
    await expect(startHubSpotSimulator({ port: simulator.port })).rejects.toThrow(
      `port ${simulator.port} on 127.0.0.1 is taken; give another one, or 0 for any free one`
    )
    await simulator.close()
  })

  test.each([
    [{ port: -1 }, /option "port"/],
    [{ port: '3000' }, /option "port"/],
    [{ portalId: '1/x' }, /option "portalId": must be a string of digits/],
    [{ region: 'EU' }, /option "region": must look like eu1/],
    [{ accessToken: '' }, /option "accessToken": is empty/],
    [{ scopes: 'all' }, /option "scopes"/],
    [{ rateLimit: { max: 0 } }, /option "rateLimit.max"/],
    [{ now: 5 }, /option "now": must be a function/],
    [{ portalID: '5' }, /Unrecognized key: "portalID"/],
    [null, /expected object/]
  ])('refuses %j, and the message names the option', async (options, message) => {
    await expect(startHubSpotSimulator(options as never)).rejects.toThrow(message)
  })

  test('treats undefined like a missing option', async () => {
    const simulator = await startHubSpotSimulator({ accessToken: undefined, scopes: undefined, rateLimit: undefined })
    expect((await call(simulator)).status).toBe(200)
    await simulator.close()
  })
})

describe('close', () => {
  test('closes idle and hanging connections at once, and may be called twice', async () => {
    const simulator = await startHubSpotSimulator()
    const closed = new Promise((resolve) => {
      const socket = connect(simulator.port, '127.0.0.1')
      socket.on('error', () => undefined).on('close', resolve)
    })
    simulator.respondWith({ hang: true }, { delayMs: 60_000 })
    const hanging = [call(simulator).catch(() => 'ended'), call(simulator).catch(() => 'ended')]
    while (simulator.requests.length < 2) await new Promise((resolve) => setImmediate(resolve))
    await simulator.close()
    expect(await Promise.all(hanging)).toEqual(['ended', 'ended'])
    await closed
    await simulator.close()
    await expect(fetch(simulator.url)).rejects.toThrow()
  })
})
