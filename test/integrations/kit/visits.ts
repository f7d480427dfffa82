// The same visits for every login: no user, two users with a verified address and one without, many pages, a logout.
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type HubSpotSimulator, startHubSpotSimulator } from 'express-hubspot-identification/testing'
import { type Answer, Browser, expiresChat } from './browser.js'

/** The users. For Eve the provider says that the address is not verified. */
export const PEOPLE = {
  ada: { id: 'user-ada', email: 'ada@example.com', verified: true, firstName: 'Ada', lastName: 'Lovelace' },
  bob: { id: 'user-bob', email: 'bob@example.com', verified: true, firstName: 'Bob', lastName: 'Kahn' },
  eve: { id: 'user-eve', email: 'eve@example.com', verified: false, firstName: 'Eve', lastName: 'Moneypenny' }
} as const

export type Name = keyof typeof PEOPLE
export type Person = (typeof PEOPLE)[Name]

/** A server on loopback. */
export type Running = { readonly url: string; close(): void }

/** How an integration logs users in. */
export type Login = {
  /** The URL of a page with the snippet, or of the token endpoint. */
  readonly page: string
  logIn(browser: Browser, name: Name): Promise<void>
  /** Left out if there is no logout: a bearer token is just not sent any more. */
  logOut?: (browser: Browser) => Promise<Answer>
}

const closing: (() => unknown)[] = []

/** Starts the simulator; the recipes get its URL from the environment, like the access token. */
export async function startHubSpot(): Promise<HubSpotSimulator> {
  const hubspot = await startHubSpotSimulator()
  closing.push(() => hubspot.close())
  process.env['HUBSPOT_URL'] = hubspot.url
  process.env['HUBSPOT_ACCESS_TOKEN'] = 'any'
  return hubspot
}

/** Serves an app or a simulated provider; different hosts keep their cookies separate. */
export async function serve(listener: RequestListener, host = '127.0.0.1'): Promise<Running> {
  return listening(createServer(listener), host)
}

/** A server whose URL is known before the app exists, because provider and app need each other's URL. */
export async function reserve(host = '127.0.0.1'): Promise<Running & { show(listener: RequestListener): void }> {
  const server = createServer()
  return { ...(await listening(server, host)), show: (listener) => void server.on('request', listener) }
}

async function listening(server: Server, host: string): Promise<Running> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = () => {
    server.close()
    server.closeAllConnections()
  }
  closing.push(close)
  return { url: `http://${host}:${(server.address() as AddressInfo).port}`, close }
}

/** The address of the token in this response. */
export function whoIsOn({ text }: Pick<Answer, 'text'>, hubspot: HubSpotSimulator): string {
  const token = text.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)?.[0]
  return hubspot.verify(token)?.email ?? 'nobody'
}

/** The addresses for which tokens were minted, call by call. */
export function mintedFor({ requests }: HubSpotSimulator): unknown[] {
  return requests.map(({ body }) => (body as { email?: unknown }).email)
}

/** Visits as each user and prints the results, with further results of the integration. */
export async function reportVisits(hubspot: HubSpotSimulator, login: Login, more?: () => unknown): Promise<void> {
  const look = async (browser: Browser) => whoIsOn(await browser.get(login.page), hubspot)
  const guest = await look(new Browser())
  const ada = new Browser()
  await login.logIn(ada, 'ada')
  const parallel = await Promise.all(Array.from({ length: 5 }, () => look(ada)))
  const pages: string[] = []
  for (let visit = 0; visit < 5; visit += 1) pages.push(await look(ada))
  const bob = new Browser()
  await login.logIn(bob, 'bob')
  const other = await look(bob)
  const eve = new Browser()
  await login.logIn(eve, 'eve')
  const unverified = await look(eve)
  await report({
    guest,
    parallel: [...new Set(parallel)],
    pages: [...new Set(pages)],
    other,
    unverified,
    minted: mintedFor(hubspot),
    ...(login.logOut && { logout: await visitAfterLogout(ada, login, hubspot) }),
    ...(more && { more: more() })
  })
}

async function visitAfterLogout(browser: Browser, login: Login, hubspot: HubSpotSimulator): Promise<unknown> {
  const out = await login.logOut?.(browser)
  const after = await browser.get(login.page)
  return { after: whoIsOn(after, hubspot), forgotten: expiresChat([...(out?.set ?? []), ...after.set]) }
}

/** Prints the results and ends all servers. */
export async function report(seen: unknown): Promise<void> {
  process.stdout.write(JSON.stringify(seen))
  for (const close of closing.splice(0)) await close()
}
