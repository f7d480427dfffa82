// The routes that are not in the recipes: a page with the snippet, and a login by the app itself.
import type { RequestHandler } from 'express'
import { type Name, PEOPLE, type Person } from './visits.js'

/** A page with the snippet in its head. */
export const page: RequestHandler = (_req, res) => {
  res.send(`<!doctype html><html><head>${res.locals.hubspot.snippet}</head><body>Hello</body></html>`)
}

/** The user who logs in with `POST /login?name=ada`. */
export function personOf(url: string): Person {
  return PEOPLE[new URL(url, 'http://app').searchParams.get('name') as Name]
}
