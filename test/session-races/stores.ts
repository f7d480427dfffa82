// The stores of the session tests: memory with latency, and connect-redis on a real Redis.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from '@jest/globals'
import { RedisStore } from 'connect-redis'
import type { Store } from 'express-session'
import { createClient } from 'redis'
import { type Latency, LatentMemoryStore, upTo } from '../support/latent-memory-store.js'
import { hasRedis, type RedisServer, startRedis } from '../support/redis.js'
import { type Tap, tapStore } from '../support/tapped-store.js'

/** A store under test, with its recorded calls. */
export type OpenStore = { readonly store: Store; readonly tap: Tap }

/** A kind of store; every `open` gives an empty one. */
export type StoreKind = { readonly name: string; open(latency?: Latency): OpenStore }

const memory: StoreKind = {
  name: 'MemoryStore with latency',
  open(latency = upTo(3)) {
    const store = new LatentMemoryStore(latency)
    return { store, tap: store.tap }
  }
}

/** The kinds of stores available on this machine; sets hooks, so it is called at the top of a test file. */
export function useStores(what: string): { kinds: StoreKind[]; redis: () => RedisServer } {
  let server: RedisServer | undefined
  let client: ReturnType<typeof createClient> | undefined
  const redis = () => {
    if (!server) throw new Error('Redis is not running')
    return server
  }
  if (!hasRedis(what)) return { kinds: [memory], redis }
  beforeAll(async () => {
    server = await startRedis()
    client = createClient({ url: server.url })
    client.on('error', () => undefined)
    await client.connect()
  })
  afterAll(async () => {
    client?.destroy()
    await server?.stop()
  })
  const open = (): OpenStore => {
    const store = new RedisStore({ client, prefix: `${randomUUID()}:` })
    return { store, tap: tapStore(store) }
  }
  return { kinds: [memory, { name: 'connect-redis', open }], redis }
}
