// Logs users in by a bearer token that is signed as the recipes of passport-jwt expect it.
import jwt from 'jsonwebtoken'
import type { Browser } from './browser.js'
import { type Name, PEOPLE } from './visits.js'

const SECRET = 'of these tests, with enough bytes for HS256'
// The recipes read it when they are imported.
process.env['JWT_SECRET'] = SECRET

/** Sends these claims with every request of a browser. */
export function sendClaims(browser: Browser, claims: object): void {
  browser.headers['authorization'] = `Bearer ${jwt.sign(claims, SECRET)}`
}

/** The claims of a user. */
function claimsOf(name: Name): object {
  const { id, email, verified, firstName, lastName } = PEOPLE[name]
  return { sub: id, email, email_verified: verified, given_name: firstName, family_name: lastName }
}

/** The bearer token of a user. */
export function bearerOf(name: Name): string {
  return jwt.sign(claimsOf(name), SECRET)
}

/** Logs a user in. */
export async function logIn(browser: Browser, name: Name): Promise<void> {
  sendClaims(browser, claimsOf(name))
}
