// "doctor --page" on the pages of the example, as a guest, as a user, and as a user whose address is not verified.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { lookAt } from '../cli/page/look.js'
import { attributesOf, elementsIn } from '../support/browser-view.js'
import { credentials, type Example, startExample } from './start-example.js'

let example: Example
beforeAll(async () => {
  example = await startExample()
})
afterAll(() => example.close())

/** Logs a user in; gives the session cookie. */
async function cookieOf(user: Parameters<typeof credentials>[0]): Promise<string> {
  const agent = request.agent(example.url)
  const { text } = await agent.get('/login')
  const field = elementsIn(text, 'input').find((input) => attributesOf(input)['name'] === '_csrf')
  const form = { ...credentials(user), _csrf: field && attributesOf(field)['value'] }
  const { headers } = await agent.post('/login').type('form').send(form).expect(303)
  return [headers['set-cookie']]
    .flat()
    .map((cookie) => String(cookie).split(';')[0])
    .join('; ')
}

const statusesIn = (checks: readonly { status: string }[]) => [...new Set(checks.map(({ status }) => status))].sort()

test.each(['/', '/account', '/auto-insert'])('%s as a user: every check is ok', async (path) => {
  const { code, checks } = await lookAt(example.url + path, [
    '--cookie',
    await cookieOf('jane'),
    '--portal-id',
    '12345'
  ])
  expect(code).toBe(0)
  expect(statusesIn(checks)).toEqual(['ok'])
})

test('a page without inline scripts, as a user: every check is ok or skipped', async () => {
  const { code, checks, byId } = await lookAt(`${example.url}/no-inline-script`, ['--cookie', await cookieOf('jane')])
  expect(code).toBe(0)
  expect(statusesIn(checks)).toEqual(['ok', 'skipped'])
  expect(byId['page-identity']).toMatchObject({ status: 'ok', message: expect.stringContaining('token endpoint') })
})

test('for a user whose address is not verified the report has the reason, which the page contains outside production', async () => {
  const { code, byId } = await lookAt(example.url, ['--cookie', await cookieOf('uma')])
  expect(byId['page-identity']).toMatchObject({ status: 'failed', message: 'Nobody is identified (unverified).' })
  expect(code).toBe(1)
})

describe('a guest', () => {
  test.each(['/', '/login', '/auto-insert'])('%s: no check fails', async (path) => {
    const { code, byId } = await lookAt(example.url + path)
    expect(byId['page-identity']).toMatchObject({
      status: 'skipped',
      message: expect.stringContaining('Nobody is identified (no-user). Looked at as a guest')
    })
    expect(code).toBe(0)
  })

  test('the account page is reported as a redirect to the login', async () => {
    const { code, byId } = await lookAt(`${example.url}/account`)
    expect(byId['page']?.message).toBe('The page redirects to a login.')
    expect(code).toBe(1)
  })

  test('a page in production contains no reason', async () => {
    const { text } = await request(example.url).get('/')
    expect(text).toContain('data-hubspot-reason="no-user"')
    const live = await startExample({ isProduction: true })
    const inProduction = await request(live.url).get('/')
    await live.close()
    expect(inProduction.text).toContain('<main id="main" tabindex="-1">')
  })
})
