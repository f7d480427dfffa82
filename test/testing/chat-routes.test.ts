// The server side of the chat window, over HTTP, and the inbox page.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createChatRoutes } from '../../lib/testing/chat-routes.js'
import { createInbox } from '../../lib/testing/conversations.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { createTokenSigner } from '../../lib/testing/tokens.js'
import { call, mint } from './api-calls.js'

const HOSTILE = '</script><img src=x onerror=alert(1)>'

let simulator: HubSpotSimulator
let now = Date.UTC(2026, 10, 22)
beforeEach(async () => {
  simulator = await startHubSpotSimulator({ now: () => now })
})
afterEach(() => simulator.close())

type Begun = { sessionId: string; identified: boolean; email?: string; messagesUtk?: string; threads: { id: string }[] }

async function begin(query: Record<string, string>): Promise<Begun> {
  const search = new URLSearchParams({ portalId: '12345', ...query })
  const response = await fetch(`${simulator.url}/livechat-public/v1/message/public?${search}`)
  return (await response.json()) as Begun
}

function write({ sessionId }: Begun, text: unknown, conversationId?: string) {
  return fetch(`${simulator.url}/simulator/messages?session=${sessionId}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, conversationId })
  })
}

const asJane = async () => ({
  email: 'jane@example.com',
  identificationToken: await mint(simulator, { email: 'jane@example.com', firstName: 'Jane', lastName: 'Doe' })
})

describe('the visitor', () => {
  test('is the contact if the token is for the email address', async () => {
    expect(await begin(await asJane())).toMatchObject({ identified: true, email: 'jane@example.com', threads: [] })
    expect(await begin(await asJane())).not.toHaveProperty('messagesUtk')
  })

  test('is unknown if the token is for another address, changed, expired, or missing', async () => {
    const { email, identificationToken } = await asJane()
    const wrong = [
      { email: 'boss@example.com', identificationToken },
      { email: 'JANE@example.com', identificationToken },
      { email, identificationToken: `${identificationToken}x` },
      { email, identificationToken: '' },
      { email },
      { identificationToken }
    ]
    for (const query of wrong) expect(await begin(query)).toMatchObject({ identified: false, threads: [] })
    now += 12 * 60 * 60 * 1000
    expect(await begin({ email, identificationToken })).toMatchObject({ identified: false })
  })

  test('without an identity keeps the given messagesUtk, or gets a new one', async () => {
    expect((await begin({ messagesUtk: 'abc' })).messagesUtk).toBe('abc')
    expect((await begin({})).messagesUtk).toMatch(/^[0-9a-f]{32}$/)
  })
})

test('with more than 10,000 chat windows, the oldest is dropped', () => {
  const routes = createChatRoutes({
    portalId: '12345',
    signer: createTokenSigner('12345', Date.now),
    inbox: createInbox(Date.now)
  })
  const get = (path: string) => routes({ method: 'GET', path, headers: {}, body: undefined, at: Date.now() })
  const openWindow = () => JSON.parse(get('/livechat-public/v1/message/public?portalId=12345')?.body ?? '') as Begun
  const windows = Array.from({ length: 10_001 }, openWindow)
  const [first, second] = windows.map(({ sessionId }) => get(`/simulator/messages?session=${sessionId}`)?.status)
  expect([first, second]).toEqual([410, 200])
})

describe('messages', () => {
  test('are in one conversation, which is shown on a second device, and with the contact in the inbox', async () => {
    const phone = await begin(await asJane())
    const sent = (await (await write(phone, ' Hello ')).json()) as { conversationId: string }
    expect(sent).toMatchObject({ started: true, contactAssociated: true })
    expect(await (await write(phone, 'Again', sent.conversationId)).json()).toMatchObject({
      started: false,
      contactAssociated: false
    })
    const laptop = await begin(await asJane())
    expect(laptop.threads).toMatchObject([
      { id: sent.conversationId, messages: [{ text: 'Hello' }, { text: 'Again' }] }
    ])
    expect(simulator.conversations).toMatchObject([
      { identified: true, contact: { email: 'jane@example.com', firstName: 'Jane' }, messages: [{ text: 'Hello' }, {}] }
    ])
    const json = await (await fetch(`${simulator.url}/simulator/conversations`)).json()
    expect(json).toEqual({ conversations: JSON.parse(JSON.stringify(simulator.conversations)) })
    const read = await fetch(`${simulator.url}/simulator/messages?session=${laptop.sessionId}`)
    expect(await read.json()).toMatchObject({ threads: [{ id: sent.conversationId }] })
  })

  test("are refused without text, in another visitor's conversation, or from an unknown window", async () => {
    const guest = await begin({})
    expect((await write(guest, '  ')).status).toBe(400)
    expect((await write(guest, 5)).status).toBe(400)
    expect((await write(guest, 'x', '1001')).status).toBe(404)
    expect((await write({ ...guest, sessionId: 'no' }, 'x')).status).toBe(410)
    expect(
      (await fetch(`${simulator.url}/simulator/messages?session=${guest.sessionId}`, { method: 'PUT' })).status
    ).toBe(405)
    expect((await fetch(`${simulator.url}/livechat-public/v1/message/public`, { method: 'POST' })).status).toBe(405)
    expect((await fetch(`${simulator.url}/livechat-public/v1/message/public?portalId=9`)).status).toBe(404)
    expect(simulator.conversations).toEqual([])
  })
})

describe('CORS', () => {
  const preflight = (origin: string) =>
    fetch(`${simulator.url}/simulator/messages`, { method: 'OPTIONS', headers: { origin } })

  test.each(['http://localhost:3000', 'http://127.0.0.1:8080', 'http://[::1]:3000', 'https://app.example.test'])(
    'allows a page of %s',
    async (origin) => {
      const response = await preflight(origin)
      expect(response.status).toBe(204)
      expect(response.headers.get('access-control-allow-origin')).toBe(origin)
      expect(response.headers.get('access-control-allow-headers')).toBe('content-type')
      expect(response.headers.get('vary')).toBe('Origin')
    }
  )

  test.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example'])(
    'refuses a page of %s',
    async (origin) => {
      const response = await preflight(origin)
      expect(response.status).toBe(403)
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
    }
  )

  test('is not allowed for the API, so that no page can mint', async () => {
    expect((await call(simulator)).headers.get('access-control-allow-origin')).toBeNull()
  })
})

describe('the inbox page', () => {
  const page = async (path = '/') => {
    const response = await fetch(simulator.url + path)
    return { headers: response.headers, html: await response.text() }
  }

  test('says if there are no conversations', async () => {
    const { html, headers } = await page()
    expect(html).toContain('No conversations yet')
    expect(headers.get('content-type')).toBe('text/html;charset=utf-8')
    expect((await page('/inbox')).html).toBe(html)
  })

  test('shows the contact with the badge, and an unknown visitor without it', async () => {
    await write(await begin(await asJane()), 'From Jane')
    now += 1000
    await write(await begin({}), 'From a guest')
    const { html } = await page()
    const [guest = '', jane = ''] = html.split('<article').slice(1)
    expect(guest).toContain('Unknown visitor')
    expect(guest).toContain('From a guest')
    expect(guest).not.toContain('Identified via API')
    expect(jane).toContain('Jane Doe')
    expect(jane).toContain('jane@example.com')
    expect(jane).toContain('<span class="badge" data-badge="identified">Identified via API</span>')
  })

  test('shows the email address of a contact without a name', async () => {
    const email = "o'brien+x&co@example.com"
    await write(await begin({ email, identificationToken: await mint(simulator, { email }) }), 'x')
    expect((await page()).html).toContain('data-contact-name>o&#39;brien+x&#38;co@example.com<')
  })

  test("escapes names, addresses and messages, and has a policy that allows only the inbox's own files", async () => {
    const email = `"${HOSTILE}"@example.com`
    const identificationToken = await mint(simulator, { email, firstName: HOSTILE, lastName: '`"\'' })
    await write(await begin({ email, identificationToken }), HOSTILE)
    const { html, headers } = await page()
    expect(html).not.toContain('<img')
    expect(html.replace('<script src="/simulator/inbox.js" defer></script>', '')).not.toMatch(/<\/?script/)
    expect(html.match(/&#60;img src=x onerror=alert\(1\)&#62;/g)?.length).toBeGreaterThanOrEqual(3)
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self'; /)
    expect(headers.get('content-security-policy')).not.toMatch(/unsafe|nonce|https?:|\*/)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  test('and its styles accept only GET and HEAD', async () => {
    expect((await fetch(`${simulator.url}/simulator/inbox.css`)).headers.get('content-type')).toBe(
      'text/css;charset=utf-8'
    )
    expect((await fetch(simulator.url, { method: 'POST' })).status).toBe(405)
    const head = await fetch(simulator.url, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })
})
