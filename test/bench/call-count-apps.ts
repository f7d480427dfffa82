// The apps of part 3: the library in one or four instances, and two ways without it, all with one session store.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import express, { type RequestHandler } from 'express'
import session, { MemoryStore } from 'express-session'
import { Keyv } from 'keyv'
import { loadLibrary } from './support/library.js'
import { addNumberedUsers } from './support/numbered-users.js'

/** A way of getting tokens. */
export type Way = 'library' | 'page' | 'login'

/** A deployment: one instance, or several that share a session store. */
export type Deployment = { readonly way: Way; readonly instances: number; readonly sharedTokens: boolean }

/** The ports of its servers, and a function that ends them. */
export type Running = { readonly ports: number[]; stop(): void }

type Handlers = { page: RequestHandler; onLogin?: (email: string) => void }

/** Starts a deployment. Each instance has its own memory, like a process. */
export async function deploy(
  { way, instances, sharedTokens }: Deployment,
  hubspotUrl: string,
  library: string
): Promise<Running> {
  const store = new MemoryStore()
  const tokens = sharedTokens ? new Keyv() : undefined
  const servers: Server[] = []
  for (let instance = 0; instance < instances; instance += 1) {
    const { page, onLogin } =
      way === 'library' ? await withLibrary(hubspotUrl, library, tokens) : byHand(way, hubspotUrl)
    const app = express()
    app.use(session({ secret: 'bench', resave: false, saveUninitialized: false, store }))
    addNumberedUsers(app, (_req, email) => onLogin?.(email))
    app.get('/', page, (_req, res) => {
      res.send(String((res.locals['hubspot'] as { snippet: string } | undefined)?.snippet))
    })
    const server = createServer(app)
    server.keepAliveTimeout = 10 * 60 * 1000
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    servers.push(server)
  }
  return {
    ports: servers.map((server) => (server.address() as AddressInfo).port),
    stop() {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    }
  }
}

async function withLibrary(baseUrl: string, library: string, store: Keyv | undefined): Promise<Handlers> {
  const { hubspotIdentification } = await loadLibrary(library)
  return {
    page: hubspotIdentification({
      accessToken: 'pat-na1-bench',
      baseUrl,
      ...(store ? { cache: { store } } : undefined)
    })
  }
}

/** HubSpot's guide, taken literally, mints for each page; tutorials mint at the login and keep the token on the session. */
function byHand(way: 'page' | 'login', baseUrl: string): Handlers {
  const mint = (email: string) =>
    fetch(`${baseUrl}/visitor-identification/2026-09/tokens/create`, {
      method: 'POST',
      headers: { authorization: 'Bearer pat-na1-bench', 'content-type': 'application/json' },
      body: JSON.stringify({ email, hsCustomerAgentContext: {} })
    }).then((answer) => answer.arrayBuffer())
  if (way === 'login') return { page: (_req, _res, next) => next(), onLogin: (email) => void mint(email) }
  return {
    async page(req, _res, next) {
      await mint((req.user as unknown as { email: string }).email)
      next()
    }
  }
}
