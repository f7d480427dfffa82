// An OAuth provider on loopback: logs in the user whose name is in a cookie of the browser.
import { randomBytes } from 'node:crypto'
import express from 'express'
import passport from 'passport'
import { type Name, PEOPLE, type Person, type Running, serve } from './visits.js'

/** The provider's data about a user, by path. */
export type Told = Record<string, (person: Person) => unknown>

/** Starts the provider at `localhost`, so that its cookies are separate from the app's. */
export async function playProvider(told: Told): Promise<Running> {
  const people = new Map<string, Person>()
  const app = express()
  app.get('/authorize', (req, res) => {
    const name = /person=(\w+)/.exec(req.headers.cookie ?? '')?.[1] as Name
    const code = randomBytes(8).toString('hex')
    people.set(code, PEOPLE[name])
    const back = new URL(String(req.query['redirect_uri']))
    back.searchParams.set('code', code)
    if (req.query['state']) back.searchParams.set('state', String(req.query['state']))
    res.redirect(back.href)
  })
  app.post('/token', express.urlencoded({ extended: false }), (req, res) => {
    res.json({ access_token: req.body.code, token_type: 'bearer' })
  })
  for (const [path, tell] of Object.entries(told)) {
    app.get(path, (req, res) => {
      const code = String(req.headers.authorization ?? `Bearer ${req.query['access_token']}`).replace(/^\w+ /, '')
      const person = people.get(code)
      if (person) res.json(tell(person))
      else res.status(401).json({ error: 'invalid_token' })
    })
  }
  return serve(app, 'localhost')
}

/** Redirects a Passport OAuth strategy to this provider, because the URLs are fixed in the strategy. */
export function useProvider(name: string, provider: Running, addresses: Record<string, string>): void {
  const known = passport as unknown as { _strategy(name: string): Record<string, unknown> }
  const strategy = known._strategy(name)
  const client = { _authorizeUrl: `${provider.url}/authorize`, _accessTokenUrl: `${provider.url}/token` }
  Object.assign(strategy['_oauth2'] as object, client)
  for (const [property, path] of Object.entries(addresses)) strategy[property] = `${provider.url}${path}`
}
