// Answers from the inbox: which requests may send one, and what the visitor's chat window receives.
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { mint } from './api-calls.js'

const HOSTILE = '</script><img src=x onerror=alert(1)>'

let simulator: HubSpotSimulator
beforeEach(async () => {
  simulator = await startHubSpotSimulator()
})
afterEach(() => simulator.close())

type Told = { version: number; threads: { id: string; unread: boolean; messages: { from: string; text: string }[] }[] }

/** Opens a chat window; its requests have these headers. */
async function openWindow(query: Record<string, string>, headers: Record<string, string> = {}) {
  const search = new URLSearchParams({ portalId: '12345', ...query })
  const begun = await fetch(`${simulator.url}/livechat-public/v1/message/public?${search}`, { headers })
  const { sessionId, ...first } = (await begun.json()) as Told & { sessionId: string }
  const send = (path: string, body: object) =>
    fetch(`${simulator.url}/simulator/${path}?session=${sessionId}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body)
    })
  return {
    first,
    send,
    write: async (text: string) =>
      (await (await send('messages', { text })).json()) as Told & { conversationId: string },
    look: (known: number) => fetch(`${simulator.url}/simulator/messages?session=${sessionId}&known=${known}`)
  }
}

const asJane = async () => ({
  email: 'jane@example.com',
  identificationToken: await mint(simulator, { email: 'jane@example.com', firstName: 'Jane', lastName: 'Doe' })
})

const answer = (form: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${simulator.url}/simulator/answers`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
    redirect: 'manual'
  })
const inbox = async () => (await fetch(`${simulator.url}/inbox`)).text()

describe('an answer', () => {
  test("is in the visitor's conversation on all devices, and unread until one window has shown it", async () => {
    const phone = await openWindow(await asJane())
    const { conversationId, version } = await phone.write('Hello')
    expect((await phone.look(version)).status).toBe(204)
    const sent = await answer({ conversationId, text: '  Hi Jane!  ' })
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `/inbox#conversation-${conversationId}`])

    const told = (await (await phone.look(version)).json()) as Told
    expect(told.version).toBeGreaterThan(version)
    expect(told.threads).toMatchObject([
      {
        unread: true,
        messages: [
          { from: 'visitor', text: 'Hello' },
          { from: 'agent', text: 'Hi Jane!' }
        ]
      }
    ])
    const laptop = await openWindow(await asJane())
    expect(laptop.first.threads).toMatchObject([{ id: conversationId, unread: true }])
    const seen = await laptop.send('seen', { conversationId })
    expect(await seen.json()).toMatchObject({ threads: [{ unread: false }] })
    expect(((await (await phone.look(told.version)).json()) as Told).threads[0]?.unread).toBe(false)
    expect(simulator.conversations[0]?.messages).toMatchObject([{ from: 'visitor' }, { from: 'agent' }])
  })

  test('can be sent with simulator.answer()', async () => {
    const { conversationId } = await (await openWindow({})).write('Hello')
    expect(simulator.answer(conversationId, 'From the test')).toBe(true)
    expect(simulator.answer('1', 'From the test')).toBe(false)
    expect(await inbox()).toContain('From the test')
  })

  test('is not sent to another visitor, who cannot mark it as seen', async () => {
    const { conversationId } = await (await openWindow(await asJane())).write('Mine')
    simulator.answer(conversationId, 'For Jane')
    const guest = await openWindow({})
    expect(guest.first.threads).toEqual([])
    expect(await (await guest.send('seen', { conversationId })).json()).toMatchObject({ threads: [] })
    expect((await openWindow(await asJane())).first.threads).toMatchObject([{ unread: true }])
  })

  test('is escaped in the inbox', async () => {
    const { conversationId } = await (await openWindow({})).write('x')
    await answer({ conversationId, text: HOSTILE })
    expect(await inbox()).toContain('&#60;/script&#62;&#60;img src=x onerror=alert(1)&#62;')
    expect(await inbox()).not.toContain('<img')
  })

  test.each([
    [{ conversationId: '1001', text: '  ' }, 400],
    [{ conversationId: '1001', text: 'x'.repeat(5001) }, 400],
    [{ conversationId: '1002', text: 'x' }, 404],
    [{ text: 'x' }, 404]
  ])('with the form %j is refused', async (form, status) => {
    await (await openWindow({})).write('Hello')
    expect((await answer(form as Record<string, string>)).status).toBe(status)
    expect(simulator.conversations[0]?.messages).toHaveLength(1)
  })

  test('is accepted only by POST, and only as a form', async () => {
    await (await openWindow({})).write('Hello')
    const url = `${simulator.url}/simulator/answers`
    expect((await fetch(url)).status).toBe(405)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ conversationId: '1001', text: 'x' })
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(400)
  })
})

describe('a form from another site', () => {
  /** Uses `http.request`, because Node's `fetch` does not allow a `host` header. */
  const status = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const text = new URLSearchParams({ conversationId: '1001', text: 'forged' }).toString()
      request(`${simulator.url}/simulator/answers`, { method: 'POST', headers }, (res) => {
        res.resume()
        resolve(res.statusCode ?? 0)
      })
        .on('error', reject)
        .end(text)
    })

  test.each([
    { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
    { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:3000' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://evil.example' },
    { origin: 'http://127.0.0.1:3000' },
    { origin: 'null' },
    { 'sec-fetch-site': 'same-origin', host: 'evil.example', origin: 'http://evil.example' },
    { host: '127.0.0.1.evil.example:80' }
  ])('with %j is refused', async (headers) => {
    await (await openWindow({})).write('Hello')
    expect(await status(headers as Record<string, string>)).toBe(403)
    expect(simulator.conversations[0]?.messages).toHaveLength(1)
  })

  test.each(['127.0.0.1', 'localhost'])("is distinguished from the inbox's own form, opened at %s", async (name) => {
    await (await openWindow({})).write('Hello')
    const host = `${name}:${simulator.port}`
    expect(await status({ host, 'sec-fetch-site': 'same-origin', origin: `http://${host}` })).toBe(303)
    expect(await status({ host, origin: `http://${host}` })).toBe(303)
  })
})

describe('the link back to the app', () => {
  const linksTo = (html: string) => [...html.matchAll(/<a href="([^"]*)"(?: data-app)?>/g)].map(([, href]) => href)

  test('leads to the page of the message, without its query, if the request has a referrer', async () => {
    const headers = { origin: 'http://localhost:3000', referer: 'http://localhost:3000/account?token=secret#x' }
    await (await openWindow({}, headers)).write('Hello')
    const html = await inbox()
    expect(linksTo(html)).toContain('http://localhost:3000/account')
    expect(html).not.toContain('secret')
    expect(simulator.conversations[0]?.page).toBe('http://localhost:3000/account')
  })

  test('leads to the origin of the page without a referrer, and is shown before the first message', async () => {
    const window = await openWindow({}, { origin: 'http://127.0.0.1:3000' })
    expect(await inbox()).toContain('<a href="http://127.0.0.1:3000/" data-app>Back to your app</a>')
    await window.write('Hello')
    expect(simulator.conversations[0]?.page).toBe('http://127.0.0.1:3000/')
  })

  test.each([
    ['a name that is not this machine', { origin: 'https://app.example.test' }],
    ['another scheme', { origin: 'javascript://localhost' }],
    ['a referrer without an origin', { referer: 'http://localhost:3000/' }]
  ])('is not shown for %s', async (_what, headers) => {
    await (await openWindow({}, headers as Record<string, string>)).write('Hello')
    expect(linksTo(await inbox())).toEqual(['/inbox'])
    expect(simulator.conversations[0]?.page).toBeUndefined()
  })

  test('ignores a referrer of another origin, and is escaped', async () => {
    const origin = 'http://localhost:3000'
    await (await openWindow({}, { origin, referer: 'https://evil.example/' })).write('Hello')
    expect(simulator.conversations[0]?.page).toBe('http://localhost:3000/')
    await (await openWindow({}, { origin, referer: `${origin}/"onclick='alert(1)'&` })).write('Hello')
    expect(await inbox()).toContain('href="http://localhost:3000/%22onclick=&#39;alert(1)&#39;&#38;"')
  })
})

describe('an unknown address', () => {
  const ask = (path: string, accept: string) => fetch(simulator.url + path, { headers: { accept } })

  test('shows a page in a browser, and is not recorded as an API call', async () => {
    const response = await ask('/nothing', 'text/html,*/*;q=0.8')
    expect([response.status, response.headers.get('content-type')]).toEqual([404, 'text/html;charset=utf-8'])
    expect(await response.text()).toContain('<h1>Not found</h1>')
    expect(simulator.requests).toEqual([])
  })

  test.each([
    ['/nothing', '*/*', 404],
    ['/visitor-identification/2026-09/tokens/create', 'text/html', 405],
    ['/account-info/v3/details', 'text/html', 401]
  ])('%s with the Accept header %s is answered by the API', async (path, accept, status) => {
    const response = await ask(path, accept)
    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json;charset=utf-8'])
    expect(simulator.requests).toHaveLength(1)
  })
})

describe('a simulator on a fixed port', () => {
  test('accepts the tokens of its previous run, and no others', async () => {
    const { port } = simulator
    await simulator.close()
    const before = await startHubSpotSimulator({ port })
    const token = await mint(before, { email: 'jane@example.com' })
    await before.close()
    simulator = await startHubSpotSimulator({ port })
    expect(simulator.verify(token)?.email).toBe('jane@example.com')
    const other = await startHubSpotSimulator()
    expect(other.verify(token)).toBeUndefined()
    await other.close()
  })
})
