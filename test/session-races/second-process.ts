// A child process of two-processes.test.ts: runs a site on a shared Redis, and answers messages when nothing is in progress.
import { setTimeout as wait } from 'node:timers/promises'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { z } from 'zod'
import { tapStore } from '../support/tapped-store.js'
import { startSite } from './site.js'
import { quiet } from './waiting.js'

const { redisUrl, prefix, baseUrl, spreadMs } = z
  .object({ redisUrl: z.string(), prefix: z.string(), baseUrl: z.string(), spreadMs: z.number() })
  .parse(JSON.parse(process.argv[2] ?? ''))

const client = createClient({ url: redisUrl })
client.on('error', () => undefined)
await client.connect()
const store = new RedisStore({ client, prefix })
const tap = tapStore(store)
const site = await startSite({ store, baseUrl, session: { cookie: { maxAge: 3_600_000 } } })
site.hooks.duringMint = () => wait(Math.random() * spreadMs)
site.hooks.whileRendering = () => wait(Math.random() * spreadMs)

process.on('message', () => {
  void quiet(tap, site).then(() => process.send?.('quiet'))
})
process.on('disconnect', () => process.exit(0))
process.send?.(site.url)
