// One process of the app under test: sessions, a login, the recipe, and a page that shows the identity as JSON.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { RedisStore } from 'connect-redis'
import express, { type RequestHandler } from 'express'
import session, { MemoryStore } from 'express-session'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import type { HubSpotIdentificationError } from '../../lib/index.js'
import { followRecipe } from './recipe.js'

declare module 'express-session' {
  interface SessionData {
    email?: string
  }
}

/** The settings of a process, given as JSON in the variable `APP`. */
export type AppSetup = {
  /** The simulator's URL. */
  hubspotUrl: string
  /** The session store of express-session. */
  sessions: 'memory' | 'redis'
  /** Whether the app uses the library; `false` is for comparison. */
  isIdentifying: boolean
  /** The option `timeoutMs`: more than the default where the simulator itself is overloaded. */
  timeoutMs?: number
}

/** What a process reports to the test. */
export type AppMessage =
  | { type: 'listening'; port: number }
  | { type: 'fault'; code: string; message: string; upstreamStatus?: number | undefined }

/** The JSON of a page. */
export type Page = {
  email?: string | undefined
  token?: string | undefined
  waitedMs: number
  limiterCalls?: number
}

const setup = JSON.parse(process.env['APP'] ?? '{}') as AppSetup
const tell = (message: AppMessage) => process.send?.(message)

/** The number of points that this process got from the shared limiter. */
let limiterCalls = 0
const { consume } = RateLimiterRedis.prototype
RateLimiterRedis.prototype.consume = async function countingConsume(...args) {
  const result = await consume.apply(this, args)
  limiterCalls += 1
  return result
}

async function identify(): Promise<RequestHandler> {
  if (!setup.isIdentifying) return (_req, _res, next) => next()
  const { identification } = await followRecipe({
    baseUrl: setup.hubspotUrl,
    onError: ({ code, message, upstreamStatus }: HubSpotIdentificationError) =>
      tell({ type: 'fault', code, message, upstreamStatus }),
    timeoutMs: setup.timeoutMs
  })
  return identification
}

/** The session store, with a separate connection. */
async function sessionStore() {
  if (setup.sessions === 'memory') return new MemoryStore()
  const client = createClient({ url: process.env['REDIS_URL'] ?? '', disableOfflineQueue: true })
  client.on('error', () => {})
  await client.connect()
  return new RedisStore({ client })
}

const app = express()
app.use(session({ secret: 'scaling', resave: false, saveUninitialized: false, store: await sessionStore() }))
app.post('/login', (req, res) => {
  req.session.email = req.get('x-user') ?? ''
  res.sendStatus(204)
})
app.use((req, _res, next) => {
  const email = req.session.email ?? req.get('x-user')
  Object.assign(req, { user: email ? { email } : undefined })
  next()
})
const identification = await identify()
app.use((req, res, next) => {
  const enteredAtMs = performance.now()
  identification(req, res, (error?: unknown) => {
    res.locals['waitedMs'] = performance.now() - enteredAtMs
    next(error)
  })
})
/** Measures how long the event loop is blocked: pages wait for that time, too. */
const stalls = monitorEventLoopDelay({ resolution: 10 })
stalls.enable()
app.get('/longest-stall', (_req, res) => {
  res.json({ waitedMs: stalls.max / 1e6 } satisfies Page)
})
app.get('/limiter-calls', (_req, res) => {
  res.json({ limiterCalls } satisfies Partial<Page>)
})
app.get('/', (_req, res) => {
  const { hubspot, waitedMs } = res.locals
  const page: Page = { email: hubspot?.email, token: hubspot?.token, waitedMs }
  res.json(page)
})

const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address && typeof address === 'object') tell({ type: 'listening', port: address.port })
})
// Idle connections are not closed, because an overloaded test could send a request on one while it is being closed.
server.keepAliveTimeout = 0
// The test has ended.
process.on('disconnect', () => process.exit())
