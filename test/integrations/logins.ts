// The tested logins, each with its expected results beyond the common ones.

const FORGOTTEN = { logout: { after: 'nobody', forgotten: true } }
const ONCE_EACH = ['user-ada', 'user-bob', 'user-eve']

/** By the name of the folder, in the order of docs/logins.md. */
export const LOGINS: Readonly<Record<string, object>> = {
  'passport-google': FORGOTTEN,
  'passport-github': FORGOTTEN,
  'passport-saml': FORGOTTEN,
  'passport-openidconnect': FORGOTTEN,
  'openid-client': FORGOTTEN,
  'cookie-session': { ...FORGOTTEN, more: { cookieIsShort: true } },
  'iron-session': FORGOTTEN,
  'express-openid-connect': FORGOTTEN,
  'auth-express': FORGOTTEN,
  'better-auth': FORGOTTEN,
  clerk: { ...FORGOTTEN, more: { asked: ONCE_EACH } },
  supabase: { ...FORGOTTEN, more: { asked: ['ada', 'bob', 'eve'] } },
  'passport-jwt': {
    more: {
      guestAndUnverified: [401, 204],
      calls: { people: ['carl@example.com'], cookies: [], minted: ['carl@example.com'] }
    }
  },
  nestjs: {
    more: {
      guestAndUnverified: [401, 204],
      withSession: { people: ['nobody', 'ada@example.com', 'nobody'], forgotten: true }
    }
  },
  firebase: { more: { asked: ONCE_EACH } }
}
