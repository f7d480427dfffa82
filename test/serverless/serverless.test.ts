// A real process that is frozen (SIGSTOP) or ended after its response, as on serverless platforms: which writes are late or lost.
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { until } from '../scaling/until.js'
import { settlesSoon } from '../session-races/waiting.js'
import { FunctionProcess, type Response, Sessions } from './platform.js'

const HOUR_MS = 60 * 60 * 1000
/** Longer than a session that was read from the store may be used for a write. */
const LONG_FREEZE_MS = 1500

let hubspot: HubSpotSimulator
let sessions: Sessions
const processes: FunctionProcess[] = []

beforeEach(async () => {
  hubspot = await startHubSpotSimulator()
  sessions = new Sessions()
})
afterEach(async () => {
  for (const started of processes.splice(0)) started.end()
  await hubspot.close()
})

async function start(setup: { awaitsSettled: boolean }): Promise<FunctionProcess> {
  const started = await FunctionProcess.start({ baseUrl: hubspot.url, ...setup }, sessions)
  processes.push(started)
  return started
}

async function logIn(to: FunctionProcess): Promise<string[]> {
  const { cookies = [] } = await to.invoke('POST', '/login')
  return cookies.map((line) => line.split(';')[0] ?? '')
}

const whoIsOn = ({ body }: Response) => hubspot.verify(body)?.email
const keptToken = () => (sessions.only?.['hubspot'] as { token?: string } | undefined)?.token

/** Puts a token that is near its end on the session; gives it. */
async function nearEnd(): Promise<string> {
  await until('the token is on the session', () => keptToken() !== undefined)
  sessions.change((data) => {
    if (data.hubspot) data.hubspot.expiresAt = Date.now() + HOUR_MS / 60
  })
  return keptToken() ?? ''
}

describe('without settled()', () => {
  test('a process frozen before the session write makes it when it is resumed', async () => {
    const frozen = await start({ awaitsSettled: false })
    const cookies = await logIn(frozen)
    // The first read is by express-session.
    const read = sessions.hold('get', 1)
    const page = frozen.invoke('GET', '/page', cookies)
    await read.reached
    expect(whoIsOn(await page)).toBe('ada@example.com')
    await frozen.freeze()
    read.open()
    expect(keptToken()).toBeUndefined()
    frozen.thaw()
    await until('the token is on the session', () => keptToken() !== undefined)
    expect(keptToken()).toBe((await page).body)
  })

  test('a process frozen during a renewal stores the new token when it is resumed', async () => {
    const first = await start({ awaitsSettled: true })
    const cookies = await logIn(first)
    await first.invoke('GET', '/page', cookies)
    const old = await nearEnd()
    const frozen = await start({ awaitsSettled: false })
    hubspot.respondWith({ delayMs: 300 })
    expect((await frozen.invoke('GET', '/page', cookies)).body).toBe(old)
    await until('HubSpot is asked', () => hubspot.requests.length === 2)
    await frozen.freeze()
    await wait(LONG_FREEZE_MS)
    expect(keptToken()).toBe(old)
    frozen.thaw()
    await until('the new token is on the session', () => keptToken() !== old)
    expect(hubspot.verify(keptToken())?.email).toBe('ada@example.com')
  })

  test('a process ended before the session write leaves the session unchanged, and the next process mints again', async () => {
    const ended = await start({ awaitsSettled: false })
    const cookies = await logIn(ended)
    const read = sessions.hold('get', 1)
    const page = ended.invoke('GET', '/page', cookies)
    await read.reached
    await page
    ended.end()
    read.open()
    expect(sessions.only).toMatchObject({ email: 'ada@example.com' })
    const next = await start({ awaitsSettled: true })
    expect(whoIsOn(await next.invoke('GET', '/page', cookies))).toBe('ada@example.com')
    expect(hubspot.requests).toHaveLength(2)
  })

  test('a logout while the process is frozen is not undone when it is resumed', async () => {
    const frozen = await start({ awaitsSettled: false })
    const cookies = await logIn(frozen)
    const read = sessions.hold('get', 1, 'answered')
    const page = frozen.invoke('GET', '/page', cookies)
    await read.reached
    await page
    await frozen.freeze()
    // The answer waits in the pipe; meanwhile there is a logout in another process.
    read.open()
    sessions.store.clear()
    await wait(LONG_FREEZE_MS)
    frozen.thaw()
    await frozen.settle()
    expect(sessions.only).toBeUndefined()
  })
})

describe('with settled()', () => {
  test('the response waits for the session write, so that nothing is lost when the process ends after it', async () => {
    const ended = await start({ awaitsSettled: true })
    const cookies = await logIn(ended)
    const write = sessions.hold('set', 0)
    const page = ended.invoke('GET', '/page', cookies)
    await write.reached
    expect(await settlesSoon(page)).toBe(false)
    write.open()
    const { body } = await page
    ended.end()
    const next = await start({ awaitsSettled: true })
    expect((await next.invoke('GET', '/page', cookies)).body).toBe(body)
    expect(hubspot.requests).toHaveLength(1)
  })

  test('the response waits for a renewal and its session write', async () => {
    const first = await start({ awaitsSettled: true })
    const cookies = await logIn(first)
    await first.invoke('GET', '/page', cookies)
    const old = await nearEnd()
    const ended = await start({ awaitsSettled: true })
    hubspot.respondWith({ delayMs: 100 })
    expect((await ended.invoke('GET', '/page', cookies)).body).toBe(old)
    ended.end()
    expect(keptToken()).not.toBe(old)
    expect(hubspot.verify(keptToken())?.email).toBe('ada@example.com')
  })
})
