// A process that answers events like a serverless function. Started by platform.ts, which has its session store.
import express from 'express'
import session, { type SessionData } from 'express-session'
import serverless from 'serverless-http'
import { hubspotIdentification } from '../../lib/index.js'
import type { Setup, ToFunction, ToPlatform } from './platform.js'

declare module 'express-session' {
  interface SessionData {
    email?: string
  }
}

const { baseUrl, awaitsSettled } = JSON.parse(process.argv[2] ?? '') as Setup
const tell = (message: ToPlatform): void => void process.send?.(message)

/** A session store at the other end of a pipe, as Redis is at the other end of a socket. */
class RemoteStore extends session.Store {
  readonly #waiting = new Map<number, (...results: never[]) => void>()
  #calls = 0

  answer(call: number, results: unknown[]): void {
    this.#waiting.get(call)?.(...(results as never[]))
    this.#waiting.delete(call)
  }

  get(id: string, callback: (error: unknown, found?: SessionData | null) => void): void {
    this.#ask('get', [id], callback)
  }

  set(id: string, data: SessionData, callback: (error?: unknown) => void = () => {}): void {
    this.#ask('set', [id, data], callback)
  }

  destroy(id: string, callback: (error?: unknown) => void = () => {}): void {
    this.#ask('destroy', [id], callback)
  }

  #ask(operation: 'get' | 'set' | 'destroy', args: unknown[], callback: (...results: never[]) => void): void {
    this.#calls += 1
    this.#waiting.set(this.#calls, callback)
    tell({ type: 'store', call: this.#calls, operation, args })
  }
}

const store = new RemoteStore()
const identification = hubspotIdentification({
  accessToken: 'any',
  baseUrl,
  maxWaitMs: 20_000,
  visitor: ({ session }) => (session.email ? { email: session.email } : null)
})

const app = express()
app.use(session({ secret: 'of a test', store, resave: false, saveUninitialized: false }))
app.post('/login', (req, res) => {
  req.session.email = 'ada@example.com'
  res.end()
})
app.use(identification)
app.get('/page', (_req, res) => {
  res.send(res.locals.hubspot.token)
})

const handle = serverless(app)
async function handler(event: object): Promise<object> {
  const response = await handle(event, {})
  if (awaitsSettled) await identification.settled()
  return response
}

process.on('message', async (message: ToFunction) => {
  if (message.type === 'stored') store.answer(message.call, message.results)
  else if (message.type === 'event') tell({ type: 'response', response: await handler(message.event) })
  else tell({ type: 'settled', value: await identification.settled() })
})
process.on('disconnect', () => process.exit(0))
tell({ type: 'ready' })
