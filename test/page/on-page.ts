// Serves a page of a small app, so that a test can read the view in its route.
import type { Request, Response } from 'express'
import supertest from 'supertest'
import type { HubSpotIdentificationOptions } from '../../lib/index.js'
import { asUser, createApp } from '../support/create-app.js'

export const ANN = { email: 'ann@example.com' }

/** Serves one page to this user; gives what `read` returned in its route, and the codes of the reported errors. */
export async function onPage<T>(
  read: (res: Response, req: Request) => T,
  { user = ANN as unknown, options = {} as Partial<HubSpotIdentificationOptions> } = {}
): Promise<{ seen: T; codes: string[] }> {
  let seen: { value: T } | undefined
  const { app, errors } = await createApp({
    session: false,
    options,
    before: (app) => app.use(asUser(user)),
    routes: (app) => {
      app.get('/', (req, res) => {
        seen = { value: read(res, req) }
        res.json({})
      })
    }
  })
  await supertest(app).get('/').expect(200)
  if (!seen) throw new Error('The page was not reached.')
  return {
    seen: seen.value,
    codes: errors.map(({ code }) => code).filter((code) => code !== 'ERR_SESSION_MISSING')
  }
}
