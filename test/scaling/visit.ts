// A minimal browser: one page view, with status, content and duration.
import { Agent, request } from 'node:http'
import type { Page } from './app.js'
import type { AppProcess } from './fleet.js'

/** The result of a page view. */
export type View = {
  readonly status: number
  readonly page: Partial<Page>
  readonly tookMs: number
  readonly cookie: string
}

/** The options of a page view. */
export type Visit = {
  readonly email?: string
  readonly cookie?: string
  readonly method?: string
  readonly path?: string
}

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY })

/** Views a page of one process; the status is 0 if the connection breaks. */
export function visit(
  { url }: Pick<AppProcess, 'url'>,
  { email, cookie, method = 'GET', path = '/' }: Visit
): Promise<View> {
  const startedAtMs = performance.now()
  return new Promise((resolve) => {
    const finish = (status: number, text: string, setCookie: string[] = []) =>
      resolve({
        status,
        page: status === 200 ? (JSON.parse(text) as Page) : {},
        tookMs: performance.now() - startedAtMs,
        cookie: setCookie[0]?.split(';')[0] ?? ''
      })
    const headers = { ...(email && { 'x-user': email }), ...(cookie && { cookie }) }
    const asked = request(new URL(path, url), { method, headers, agent }, (res) => {
      let text = ''
      res.setEncoding('utf8')
      res.on('data', (chunk: string) => {
        text += chunk
      })
      res.on('end', () => finish(res.statusCode ?? 0, text, res.headers['set-cookie']))
      res.on('error', () => finish(0, ''))
    })
    asked.on('error', () => finish(0, ''))
    asked.end()
  })
}

/** Logs a user in; gives the session cookie. */
export async function logIn(app: Pick<AppProcess, 'url'>, email: string): Promise<string> {
  const { cookie } = await visit(app, { email, method: 'POST', path: '/login' })
  return cookie
}

/** The longest time for which the event loop of a process was blocked. */
export async function longestStallMs(app: Pick<AppProcess, 'url'>): Promise<number> {
  const { page } = await visit(app, { path: '/longest-stall' })
  return page.waitedMs ?? Number.NaN
}

/** How often a process got a point from the shared limiter. */
export async function limiterCalls(app: Pick<AppProcess, 'url'>): Promise<number> {
  const { page } = await visit(app, { path: '/limiter-calls' })
  return page.limiterCalls ?? Number.NaN
}

/** Closes idle connections, so that the test process can end. */
export function closeConnections(): void {
  agent.destroy()
}
