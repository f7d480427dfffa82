// Pages that a script fetches and swaps into a document: without a user, the snippet removes an identity from that document.
import { describe, expect, test } from '@jest/globals'
import supertest from 'supertest'
import { settingsSeenBy } from '../support/browser-view.js'
import { type AppParts, createApp, EXPRESS_MAJORS, setCookies } from '../support/create-app.js'

const MARKED = 'hubspot-identified=1'
const FORGOTTEN = 'hubspot-forgotten=1'
const SWAPS: [string, Record<string, string>][] = [
  ['a browser of today', { 'sec-fetch-dest': 'empty' }],
  ['Turbo in an older browser', { 'x-turbo-request-id': 'b7e7' }],
  ['htmx in an older browser', { 'hx-request': 'true' }]
]
const LEFT = 'window.hsConversationsSettings = { identificationEmail: "ann@example.com", identificationToken: "t" }'

/** A page without a user; `routes` of the parts come first. */
async function guestPage(headers: Record<string, string>, parts: AppParts = {}) {
  const { app } = await createApp({ session: false, ...parts })
  const response = await supertest(app).get('/view').set(headers)
  return { response, snippet: String(response.body.snippet) }
}

describe.each(EXPRESS_MAJORS)('a page without a user in $major', ({ express }) => {
  test.each(SWAPS)('swapped in by %s removes the identity, and no cache may store it', async (_name, headers) => {
    for (const cookie of [MARKED, FORGOTTEN]) {
      const { response, snippet } = await guestPage({ ...headers, cookie }, { express })
      expect(settingsSeenBy(snippet, LEFT)).toEqual({})
      expect(response.headers['cache-control']).toBe('private, no-store')
    }
  })

  test('does so also after a logout by such a request, in all tabs, until the browser is closed', async () => {
    const { loggedIn } = await createApp({ express })
    const ann = await loggedIn('ann')
    await ann.get('/view')
    const logout = await ann.post('/logout').set('sec-fetch-dest', 'empty').expect(302)
    expect(setCookies(logout)).toContain('hubspot-forgotten=1; Path=/; HttpOnly; SameSite=Lax')
    for (let visits = 0; visits < 2; visits += 1) {
      const { body } = await ann.get('/view').set('sec-fetch-dest', 'empty')
      expect(settingsSeenBy(body.snippet, LEFT)).toEqual({})
    }
    // A new document holds no identity.
    const { body, headers } = await ann.get('/view').set('sec-fetch-dest', 'document')
    expect(body.snippet).toBe('')
    expect(headers['cache-control']).toBeUndefined()
  })
})

test('prints the settings and the script tag as any other page', async () => {
  const { snippet } = await guestPage(
    { cookie: FORGOTTEN, 'sec-fetch-dest': 'empty' },
    { options: { settings: { hideNewThreadLink: true }, portalId: '12345', nonce: () => 'abc' } }
  )
  expect(settingsSeenBy(snippet, LEFT)).toEqual({ hideNewThreadLink: true })
  expect(snippet.match(/nonce="abc"/g)).toHaveLength(2)
})

test.each<[string, Record<string, string>, AppParts]>([
  ['of a browser that was never identified', { 'sec-fetch-dest': 'empty', cookie: 'other=1' }, {}],
  ['that is a document of its own', { 'sec-fetch-dest': 'document', cookie: `${MARKED}; ${FORGOTTEN}` }, {}],
  ['of a client that does not say what it does with the page', { cookie: `${MARKED}; ${FORGOTTEN}` }, {}]
])('a page without a user %s prints nothing', async (_name, headers, parts) => {
  const { snippet } = await guestPage(headers, parts)
  expect(snippet).toBe('')
})

test('without forgetOnLogout every swapped page without a user removes the identity', async () => {
  const { snippet } = await guestPage({ 'sec-fetch-dest': 'empty' }, { options: { forgetOnLogout: false } })
  expect(settingsSeenBy(snippet, LEFT)).toEqual({})
})

test('a public page does so as well and stays public, because it contains no personal data', async () => {
  const { loggedIn, errors } = await createApp({
    routes: (app) => {
      app.get('/public', (_req, res) => {
        res.set('Cache-Control', 'public, max-age=600').json({ snippet: res.locals.hubspot.snippet })
      })
    }
  })
  const ann = await loggedIn('ann')
  await ann.get('/view')
  const { body, headers } = await ann.get('/public').set('sec-fetch-dest', 'empty')
  expect(settingsSeenBy(body.snippet, LEFT)).toEqual({})
  expect(headers['cache-control']).toBe('public, max-age=600')
  expect(errors.map(({ code }) => code)).toEqual(['ERR_PUBLIC_CACHE'])
})

test('an identified page prints the same when it is swapped in', async () => {
  const { loggedIn } = await createApp()
  const ann = await loggedIn('ann')
  const whole = await ann.get('/view')
  const swapped = await ann.get('/view').set('sec-fetch-dest', 'empty')
  expect(whole.body.identified).toBe(true)
  expect(swapped.body).toEqual(whole.body)
})

test('a page that Turbo prefetches expires nothing', async () => {
  const { response } = await guestPage({ cookie: MARKED, 'sec-fetch-dest': 'empty', 'x-sec-purpose': 'prefetch' })
  expect(setCookies(response)).toEqual([])
})
