// The client of an app of part 1: logs its users in, requests pages and measures a round.
import { join } from 'node:path'
import type { PageServerSettings, PageVariant, Snippets } from './page-view-server.js'
import { type Child, startChild } from './support/child.js'
import { type Answer, Connection, cookieHeader, cookiesAfter, requestText } from './support/connection.js'

/** The kinds of pages. */
export type PageKind = 'identified' | 'anonymous'

/** The texts of the requests for each kind of page. */
type Requests = Record<PageKind, string[]>

/** A running app with its users logged in. */
export type PageApp = {
  child: Child
  connections: Connection[]
  /** The requests to the first variant. */
  requests: Requests
  requestsTo: ReadonlyMap<PageVariant, Requests>
  snippets: Snippets
  page(kind: PageKind): Promise<Answer>
}

const USERS = 100
const CONNECTIONS = 16
/** All users have three-digit numbers, so that all addresses have the same length. */
const FIRST_USER = 100
/** The same for all apps of a run, so that they have the same tokens. */
const ISSUED_AT = Math.floor(Date.now() / 1000)

/** Starts an app and logs its users in; each views two pages, so that token and mark are set. */
export async function startPageApp(variants: PageVariant[], library: string, snippets?: Snippets): Promise<PageApp> {
  const settings: PageServerSettings = {
    variants,
    library,
    issuedAtSeconds: ISSUED_AT,
    ...(snippets ? { snippets } : undefined)
  }
  const profile = process.env['BENCH_CPU_PROFILE']
  const child = await startChild(join(import.meta.dirname, 'page-view-server.ts'), settings, {
    env: { NODE_ENV: 'production' },
    nodeOptions: profile ? ['--cpu-prof', `--cpu-prof-dir=${profile}/${variants.join('+')}`] : []
  })
  const port = await child.ask<number>('port')
  const connections = Array.from({ length: CONNECTIONS }, () => new Connection(port))
  const [first] = connections as [Connection]
  const requestsTo = new Map<PageVariant, Requests>()
  for (const variant of variants) {
    requestsTo.set(variant, await requestsOf(first, variants.length > 1 ? variant : undefined))
  }
  const [requests] = [...requestsTo.values()] as [Requests]
  const page = (kind: PageKind) => first.send(requests[kind][0] ?? '')
  return { child, connections, requests, requestsTo, page, snippets: await readSnippets(page) }
}

/** Logs the users in on one side of the app, and gives their requests for pages. */
async function requestsOf(connection: Connection, side: PageVariant | undefined): Promise<Requests> {
  const identified: string[] = []
  for (let user = FIRST_USER; user < FIRST_USER + USERS; user += 1) {
    let cookies = cookiesAfter(await connection.send(requestText('POST', `/login/${user}`, { side })), new Map())
    const request = () => requestText('GET', '/', { side, cookie: cookieHeader(cookies) })
    for (let page = 0; page < 2; page += 1) {
      cookies = cookiesAfter(await connection.send(request()), cookies)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    identified.push(request())
  }
  return { identified, anonymous: [requestText('GET', '/', { side })] }
}

/** The part of a page between the stylesheet and the end of the head. */
async function readSnippets(page: PageApp['page']): Promise<Snippets> {
  const snippetOf = ({ body }: Answer) => /style\.css">\n(.*)\n<\/head>/.exec(body)?.[1] ?? ''
  return { identified: snippetOf(await page('identified')), anonymous: snippetOf(await page('anonymous')) }
}

/** One round: throughput and CPU per page. */
export async function runPages({ child, connections, requests }: PageApp, kind: PageKind, pages: number) {
  const texts = requests[kind]
  const length = (await connections[0]?.send(texts[0] ?? ''))?.body.length
  let sent = 0
  const cpuBefore = await child.ask<number>('cpuMs')
  const startedAtMs = performance.now()
  await Promise.all(
    connections.map(async (connection) => {
      while (sent < pages) {
        sent += 1
        const { status, body } = await connection.send(texts[sent % texts.length] ?? '')
        if (status !== 200 || body.length !== length)
          throw new Error(`A page of ${body.length} bytes, status ${status}`)
      }
    })
  )
  const wallMs = performance.now() - startedAtMs
  const cpuMs = (await child.ask<number>('cpuMs')) - cpuBefore
  return { perSecond: (pages / wallMs) * 1000, cpuMicroseconds: (cpuMs * 1000) / pages }
}
