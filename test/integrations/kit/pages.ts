// The routes that the recipes leave to the app: a page with the snippet, and the login of an app that logs people in by itself.
import type { RequestHandler } from 'express'
import { type Name, PEOPLE, type Person } from './visits.js'

/** A page whose head holds the snippet. */
export const page: RequestHandler = (_req, res) => {
  res.send(`<!doctype html><html><head>${res.locals.hubspot.snippet}</head><body>Hello</body></html>`)
}

/** Who logs in with `POST /login?name=ada`. */
export function personOf(url: string): Person {
  return PEOPLE[new URL(url, 'http://app').searchParams.get('name') as Name]
}
