// Real logins with the recipes of docs/logins.md, word for word: the right person, one mint each, nothing on the console.
import { afterAll, expect, jest, test } from '@jest/globals'
import { describeIntegrations } from './describe-integrations.js'
import { prepareIntegrations } from './real-packages.js'

jest.setTimeout(120_000)

/** What everybody sees, whatever the login: Eve's address is not verified. */
const PEOPLE = {
  guest: 'nobody',
  parallel: ['ada@example.com'],
  pages: ['ada@example.com'],
  other: 'bob@example.com',
  unverified: 'nobody',
  minted: ['ada@example.com', 'bob@example.com']
}
const FORGOTTEN = { logout: { after: 'nobody', forgotten: true } }

const ONCE_EACH = ['user-ada', 'user-bob', 'user-eve']

const LOGINS: Record<string, object> = {
  'passport-jwt': {
    more: {
      guestAndUnverified: [401, 204],
      calls: { people: ['carl@example.com'], cookies: [], minted: ['carl@example.com'] }
    }
  },
  nestjs: { more: { guestAndUnverified: [401, 204] } },
  'cookie-session': { ...FORGOTTEN, more: { cookieIsShort: true } },
  'iron-session': FORGOTTEN,
  'passport-google': FORGOTTEN,
  'passport-github': FORGOTTEN,
  'passport-saml': FORGOTTEN,
  'express-openid-connect': FORGOTTEN,
  'openid-client': FORGOTTEN,
  'auth-express': FORGOTTEN,
  'better-auth': FORGOTTEN,
  clerk: { ...FORGOTTEN, more: { asked: ONCE_EACH } },
  supabase: { ...FORGOTTEN, more: { asked: ['ada', 'bob', 'eve'] } },
  firebase: { more: { asked: ONCE_EACH } }
}

/** oidc-provider warns of what only matters to those who run it in earnest. */
function warningsIn(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !line.startsWith('oidc-provider WARNING'))
}

const names = Object.keys(LOGINS)
const integrations = await prepareIntegrations(names)
afterAll(async () => integrations?.remove())

describeIntegrations(
  names,
  (name, ready) => {
    test('compiles under strict rules', () => {
      expect(ready().compiled(name)).toEqual([])
    })

    test('identifies the right people, one mint each, and prints nothing', async () => {
      const { code, stdout, stderr } = await ready().visit(name)
      expect({ code, warnings: warningsIn(stderr) }).toEqual({ code: 0, warnings: [] })
      expect(JSON.parse(stdout)).toEqual({ ...PEOPLE, ...LOGINS[name] })
    })
  },
  integrations
)
