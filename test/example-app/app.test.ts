// The routes of the example, requested as by a browser without JavaScript, and as by a script.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals'
import session from 'express-session'
import { serializeOuter } from 'parse5'
import request from 'supertest'
import { breakable } from '../../example-app/breakable.js'
import { attributesOf, elementsIn } from '../support/browser-view.js'
import { credentials, type Example, startExample } from './start-example.js'

type Agent = ReturnType<typeof request.agent>

let example: Example

beforeAll(async () => {
  example = await startExample()
})
afterAll(() => example.close())
beforeEach(() => {
  example.simulator.requests.length = 0
})
afterEach(() => {
  jest.restoreAllMocks()
})

const tokenIn = (html: string) => /name="_csrf" value="([0-9a-f]{20,})"/.exec(html)?.[1] ?? ''
const browser = () => request.agent(example.url)
const formToken = async (agent: Agent) => tokenIn((await agent.get('/login')).text)

async function logIn(agent: Agent, user: Record<string, string> = credentials('jane')) {
  const _csrf = await formToken(agent)
  return agent
    .post('/login')
    .type('form')
    .send({ ...user, _csrf })
}
const logOut = async (agent: Agent) =>
  agent
    .post('/logout')
    .type('form')
    .send({ _csrf: tokenIn((await agent.get('/account')).text) })

describe('a guest', () => {
  test('gets the start page, without a session and without a cookie', async () => {
    const response = await request(example.url).get('/').expect(200)
    expect(response.headers['set-cookie']).toBeUndefined()
    expect(response.text).toContain('avoidInlineStyles')
    expect(response.text).toContain(`src="${example.simulator.url}/12345.js"`)
    expect(response.text).not.toContain('eyJ')
    expect(example.simulator.requests).toHaveLength(0)
  })

  test('is redirected from the account page to the login', async () => {
    await request(example.url).get('/account').expect(303).expect('location', '/login')
  })

  test('gets a login page that no cache may store, and a cookie that scripts cannot read', async () => {
    const response = await request(example.url).get('/login').expect('cache-control', 'private, no-store')
    expect(response.headers['set-cookie']?.[0]).toMatch(/^shop\.sid=[^;]+; Path=\/; HttpOnly; SameSite=Lax$/)
  })

  test('gets an error page for a URL that does not exist', async () => {
    const response = await request(example.url).get('/nothing').expect(404)
    expect(response.text).toContain('<h1>Page not found</h1>')
  })
})

describe('the login', () => {
  test('redirects to the account page, which says that the chat is identified and does not print the token outside scripts', async () => {
    const agent = browser()
    await logIn(agent).then((response) =>
      expect([response.status, response.headers['location']]).toEqual([303, '/account'])
    )
    const page = await agent.get('/account').expect(200).expect('cache-control', 'private, no-store')
    expect(page.text).toContain('data-identified="true"')
    expect(page.text).toContain('about 12 hours from now')
    const outsideScripts = page.text.replace(/<script[\s\S]*?<\/script>/g, '')
    expect(outsideScripts).not.toMatch(/eyJ|[\w-]{20,}\.[\w-]{20,}/)
  })

  test('gives a script the chat settings, and a new CSRF token for its next form', async () => {
    const agent = browser()
    const token = await formToken(agent)
    const response = await agent
      .post('/login')
      .set('x-csrf-token', token)
      .send(credentials('jane'))
      .expect(200)
      .expect('cache-control', 'private, no-store')
    expect(response.body).toEqual({
      avoidInlineStyles: true,
      identificationEmail: 'jane@example.com',
      identificationToken: expect.any(String)
    })
    expect(example.simulator.verify(response.body.identificationToken)?.email).toBe('jane@example.com')
    await agent.get('/hubspot/token').expect(200)
    await agent
      .post('/logout')
      .set('x-csrf-token', response.headers['x-csrf-token'] ?? '')
      .send({})
      .expect(204)
    await agent.get('/hubspot/token').expect(204)
  })

  test.each([
    ['a wrong password', { email: 'jane@example.com', password: 'no' }, 401, 'do not belong together'],
    ['an unknown address', { email: 'nobody@example.com', password: 'no' }, 401, 'do not belong together'],
    ['an empty form', { email: 'jane@example.com', password: '' }, 400, 'enter both']
  ])('answers %s with a message and the form', async (_what, user, status, message) => {
    const response = await logIn(browser(), user)
    expect(response.status).toBe(status)
    expect(response.text).toContain(message)
    expect(response.text).toContain(`value="${user.email}"`)
    expect(response.text).not.toMatch(/<input id="password"[^>]* value=/)
  })

  test('focuses the password field only after an error, and describes the field with the message', async () => {
    const agent = browser()
    expect((await agent.get('/login')).text).not.toContain('autofocus')
    const { text } = await logIn(agent, { email: 'jane@example.com', password: 'no' })
    expect(text).toMatch(/<input id="password"[^>]* autofocus aria-describedby="login-error">/)
    expect(text).toMatch(/<p class="alert" role="alert" id="login-error">[^<]*do not belong together/)
  })

  test('sends a script its errors in JSON', async () => {
    const agent = browser()
    const send = (body: object) =>
      formToken(agent).then((token) => agent.post('/login').set('x-csrf-token', token).send(body))
    expect((await send({ email: 'jane@example.com', password: 'no' })).body.error).toContain('do not belong together')
    expect((await send({ email: { $ne: '' }, password: ['x'] })).status).toBe(400)
    expect((await agent.post('/login').send(credentials('jane')).expect(403)).body.error).toContain('open for too long')
  })

  test('is refused without the CSRF token, and offers a new form', async () => {
    const agent = browser()
    const response = await agent.post('/login').type('form').send(credentials('jane')).expect(403)
    expect(response.text).toContain('open for too long')
    await agent
      .post('/login')
      .type('form')
      .send({ ...credentials('jane'), _csrf: tokenIn(response.text) })
      .expect(303)
  })

  test('is limited to ten wrong passwords', async () => {
    const limited = await startExample()
    const agent = request.agent(limited.url)
    for (let attempt = 0; attempt < 10; attempt += 1) {
      expect((await logIn(agent, { email: 'jane@example.com', password: 'guess' })).status).toBe(401)
    }
    const refused = await logIn(agent)
    expect(refused.status).toBe(429)
    expect(refused.text).toContain('Too many attempts')
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    await limited.close()
  })
})

describe('a demo user', () => {
  test.each(['jane', 'brien', 'uma'] as const)('%s logs in with the button of that user', async (id) => {
    const agent = browser()
    const { text } = await agent.get('/login')
    const { email, password } = credentials(id)
    const forms = elementsIn(text, 'form').map((form) => ({
      action: attributesOf(form)['action'],
      fields: Object.fromEntries(
        elementsIn(serializeOuter(form), 'input').map((input) => [
          attributesOf(input)['name'],
          attributesOf(input)['value']
        ])
      )
    }))
    const form = forms.find(({ fields }) => fields['email'] === email && fields['password'] === password)
    expect(form?.action).toBe('/login')
    await agent.post('/login').type('form').send(form?.fields).expect(303).expect('location', '/account')
  })
})

test('the account page says that the address is not verified, and why the chat is anonymous', async () => {
  const agent = browser()
  await logIn(agent, credentials('uma'))
  const { text } = await agent.get('/account')
  expect(text.replace(/\s+/g, ' ')).toContain('<dt>Email verified</dt><dd>Not yet</dd>')
  expect(text).toContain('What this page knows')
  expect(text).toContain('<dd data-reason="unverified"><code>unverified</code></dd>')
})

test('the library prints no warning about the set-up of the example', async () => {
  const warned = jest.spyOn(console, 'warn').mockImplementation(() => undefined)
  const fresh = await startExample()
  const agent = request.agent(fresh.url)
  const lookAround = async () => {
    for (const path of [
      '/',
      '/login',
      '/single-page',
      '/no-inline-script',
      '/auto-insert',
      '/account',
      '/nothing',
      '/hubspot/chat.js'
    ])
      await agent.get(path)
  }
  await lookAround()
  const _csrf = tokenIn((await agent.get('/login')).text)
  await agent
    .post('/login')
    .type('form')
    .send({ ...credentials('jane'), _csrf })
    .expect(303)
  await lookAround()
  await agent
    .post('/logout')
    .type('form')
    .send({ _csrf: tokenIn((await agent.get('/account')).text) })
  await lookAround()
  await fresh.close()
  expect(warned.mock.calls.flat()).toEqual([])
})

describe('breakable()', () => {
  test.each([
    ['jane@example.com', 'jane<wbr>@example<wbr>.com'],
    ['a"<b>&\'@x.test', 'a&quot;&lt;b&gt;<wbr>&amp;&#39;<wbr>@x<wbr>.test'],
    ['first.last+tag_1-2@host', 'first<wbr>.last<wbr>+tag<wbr>_1-2<wbr>@host'],
    ['', '']
  ])('allows a line break in %s before each separator', (text, html) => {
    expect(breakable(text)).toBe(html)
  })
})

describe('the logout', () => {
  test('accepts only POST', async () => {
    const agent = browser()
    await logIn(agent)
    await agent.get('/logout').expect(405).expect('allow', 'POST')
    await agent.get('/account').expect(200)
  })

  test('is refused without the CSRF token', async () => {
    const agent = browser()
    await logIn(agent)
    await agent.post('/logout').expect(403)
    await agent.get('/account').expect(200)
  })

  test('in a second tab, after one in the first, also redirects to the start page', async () => {
    const agent = browser()
    await logIn(agent)
    const _csrf = tokenIn((await agent.get('/account')).text)
    await logOut(agent)
    await agent.post('/logout').type('form').send({ _csrf }).expect(303).expect('location', '/')
    const response = await agent.post('/logout').set('x-csrf-token', _csrf).send({}).expect(204)
    await agent
      .post('/login')
      .set('x-csrf-token', response.headers['x-csrf-token'] ?? '')
      .send(credentials('jane'))
      .expect(200)
  })

  test('ends the session, and the next page expires the cookies of the chat', async () => {
    const agent = browser()
    await logIn(agent)
    const response = await logOut(agent)
    expect([response.status, response.headers['location']]).toEqual([303, '/'])
    const next = await agent.get('/').expect(200)
    expect(String(next.headers['set-cookie'])).toMatch(/messagesUtk=; Path=\/; Expires=Thu, 01 Jan 1970/)
    await agent.get('/account').expect(303)
  })
})

test('a redirect that depends on the login is sent with no-store, because the back button would follow a stored one', async () => {
  const agent = browser()
  await agent
    .get('/account')
    .expect(303)
    .expect('location', '/login')
    .expect('cache-control', /no-store/)
  await logIn(agent)
  await agent
    .get('/login')
    .expect(303)
    .expect('location', '/account')
    .expect('cache-control', /no-store/)
})

test('a user whose address is not verified is not sent to HubSpot', async () => {
  const agent = browser()
  await logIn(agent, credentials('uma'))
  const page = await agent.get('/account')
  expect(page.text).toContain('data-identified="false"')
  expect(page.text).toContain('until your address is verified')
  expect(example.simulator.requests).toHaveLength(0)
})

test('the pages are served while HubSpot is down', async () => {
  const told = jest.spyOn(console, 'error').mockImplementation(() => undefined)
  const fresh = await startExample()
  fresh.simulator.respondWith({ status: 401 })
  const agent = request.agent(fresh.url)
  await logIn(agent)
  const page = await agent.get('/account').expect(200)
  expect(page.text).toContain('HubSpot could not be asked just now')
  expect(page.text).toContain('data-reason="held-back"')
  expect(told.mock.calls.flat().join()).toContain('ERR_UNAUTHORIZED')
  await fresh.close()
})

test('an error before the middleware shows a page without details', async () => {
  const told = jest.spyOn(console, 'error').mockImplementation(() => undefined)
  const sessions = new session.MemoryStore()
  sessions.get = (_id, done) => done(new Error('the store of the test is gone'))
  const broken = await startExample({
    shared: { sessions, tokens: new Map() as never, mintBudget: { consume: async () => undefined } }
  })
  try {
    const { text } = await request(example.url).get('/login')
    expect(text).toContain('<form')
    const cookie = (await request(broken.url).get('/login')).headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const page = await request(broken.url).get('/account').set('cookie', cookie).expect(500)
    expect(page.text).toContain('Something went wrong')
    expect(page.text).not.toContain('the store of the test')
    expect(told.mock.calls.flat().join()).toContain('the store of the test is gone')
  } finally {
    await broken.close()
  }
})

test('a malformed body gives status 400', async () => {
  await request(example.url).post('/login').type('json').send('{"email":').expect(400)
})
