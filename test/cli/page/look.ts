// Runs the doctor on a page of a real app, as a guest or as a logged-in user.
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, jest } from '@jest/globals'
import express, { type Express, type Response } from 'express'
import type { HubSpotLocals } from '../../../lib/index.js'
import { type AppParts, createApp, type TestApp } from '../../support/create-app.js'
import { type Given, type PrintedCheck, runCli } from '../run-doctor.js'

/** The hints that the library printed to the console. */
export const warned: unknown[] = []

const closing: (() => Promise<unknown>)[] = []
beforeEach(() => {
  warned.length = 0
  jest.spyOn(console, 'warn').mockImplementation((line) => void warned.push(line))
})
afterEach(async () => {
  jest.restoreAllMocks()
  for (const close of closing.splice(0)) await close()
})

/** Starts an app on a free port until the end of the test. */
export async function listen(app: Express): Promise<string> {
  const server = app.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  closing.push(async () => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The parts of an app. */
export type Site = AppParts & {
  /** The HTML of `GET /`. */
  page?: (hubspot: HubSpotLocals, res: Response) => string
  /** Headers with which a proxy in front of the app, such as a CDN, replaces those of the app. */
  front?: Record<string, string>
}

/** A complete page with this text in its head. */
export function html(head: string, body = ''): string {
  return `<!doctype html>\n<html><head><title>Shop</title>\n${head}\n</head><body><h1>Shop</h1>${body}</body></html>\n`
}

/** HubSpot's embed code. */
export function embedCode(region: string, portalId = '12345'): string {
  const host = region === 'na1' ? 'js' : `js-${region}`
  return `<script async defer id="hs-script-loader" src="https://${host}.hs-scripts.com/${portalId}.js"></script>`
}

/** Starts an app that serves the site's page at `GET /`; `cookieOf` logs a user in and gives the Cookie header. */
export async function startSite({
  page,
  front,
  ...parts
}: Site): Promise<TestApp & { url: string; cookieOf(user: string): Promise<string> }> {
  const app = await createApp({
    ...parts,
    routes: (app, identification, authenticate) => {
      parts.routes?.(app, identification, authenticate)
      if (page) app.get('/', (_req, res) => void res.send(page(res.locals.hubspot, res)))
    }
  })
  const url = await listen(app.app)
  const cookieOf = async (user: string) => {
    const response = await fetch(`${url}/login?user=${user}`, { method: 'POST' })
    return response.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ')
  }
  return { ...app, url: front ? await listen(inFrontOf(url, front)) : url, cookieOf }
}

function inFrontOf(url: string, headers: Record<string, string>): Express {
  const front = express()
  front.get('/{*path}', async (req, res) => {
    const answer = await fetch(url + req.url, { headers: { cookie: req.headers.cookie ?? '' }, redirect: 'manual' })
    res.status(answer.status).set({ ...Object.fromEntries(answer.headers), ...headers })
    res.end(await answer.text())
  })
  return front
}

/** The path, the logged-in user, and further arguments of a run. */
export type Looked = { path?: string; user?: string | undefined; args?: string[]; given?: Given }

/** Runs the doctor on a page of this app. */
export async function look(site: Site, { path = '/', user, args = [], given }: Looked = {}) {
  const { url, cookieOf } = await startSite(site)
  const cookie = user === undefined ? [] : ['--cookie', await cookieOf(user)]
  return lookAt(`${url}${path}`, [...cookie, ...args], given)
}

/** Runs the doctor on an address. */
export async function lookAt(url: string, args: string[] = [], given: Given = {}) {
  const { code, stdout, stderr } = await runCli(['doctor', '--page', url, '--json', ...args], { env: {}, ...given })
  const checks = stdout === '' ? [] : (JSON.parse(stdout) as PrintedCheck[])
  const byId = Object.fromEntries(checks.map((check) => [check.id, check]))
  const statuses = Object.fromEntries(checks.map((check) => [check.id, check.status]))
  return { code, stdout, stderr, checks, byId, statuses }
}
