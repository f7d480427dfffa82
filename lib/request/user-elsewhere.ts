// Looks for the user in other places than req.user. Only for hints to developers: nobody is identified by it.
import type { Request } from 'express'

/** Keys under which apps keep the logged-in user on the session. */
const SESSION_KEYS = [
  'user',
  'currentUser',
  'account',
  'member',
  'customer',
  'profile',
  'userId',
  'user_id',
  'userID',
  'uid'
]
/** Properties of a request in which login libraries and apps keep the user. */
const REQUEST_KEYS = ['oidc', 'auth', 'currentUser', 'account', 'member', 'customer', 'userInfo', 'kauth']
/** Other names for the address on user records. */
const ADDRESS_KEYS = [
  ...['mail', 'emailAddress', 'email_address', 'userEmail', 'user_email', 'Email', 'primaryEmail', 'primary_email'],
  ...['username', 'userName', 'login', 'upn', 'preferred_username', 'nameID']
]

/** The entry that Passport puts on the session at a login: https://github.com/jaredhanson/passport/blob/master/lib/sessionmanager.js */
export function passportUser(req: Request): unknown {
  return read(read(read(req, 'session'), 'passport'), 'user')
}

/** The place on a request that seems to hold the user, as a JavaScript expression. */
export function userElsewhere(req: Request): string | undefined {
  const session = read(req, 'session')
  const sessionKey = SESSION_KEYS.find((key) => isFilled(read(session, key)))
  if (sessionKey) return `req.session.${sessionKey}`
  const key = REQUEST_KEYS.find((key) => isFilled(read(req, key)))
  if (key === 'oidc') return isFilled(read(read(req, key), 'user')) ? 'req.oidc.user' : undefined
  if (key === 'auth') return isFilled(read(read(req, key), 'payload')) ? 'req.auth.payload' : 'req.auth'
  if (key) return `req.${key}`
  return isFilled(read(read(read(req, 'res'), 'locals'), 'user')) ? 'res.locals.user' : undefined
}

/** The key on a user record that seems to hold the address. */
export function addressElsewhere(user: unknown): string | undefined {
  return ADDRESS_KEYS.find((key) => {
    const value = read(user, key)
    return typeof value === 'string' && value.includes('@')
  })
}

/** Whether the request has a signed cookie as express-session sets it: `s:<id>.<signature>`, URL-encoded. */
export function hasSignedCookie(req: Request): boolean {
  return /=s(?:%3A|:)[^;]+\./i.test(req.headers.cookie ?? '')
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '' && value !== false && typeof value !== 'function'
}

/** Reads one property of any value; `undefined` if a getter throws. */
function read(value: unknown, key: string): unknown {
  try {
    return Object(value)[key]
  } catch {
    return undefined
  }
}
