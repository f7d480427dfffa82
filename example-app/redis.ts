// The state in Redis that several processes share: sessions, tokens, and the budget of calls to HubSpot.
import KeyvRedis from '@keyv/redis'
import { RedisStore } from 'connect-redis'
import type { RateLimiter, SharedTokenStore } from 'express-hubspot-identification'
import type { Store } from 'express-session'
import { Keyv } from 'keyv'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { ConfigError } from './config.js'

/** The shared state of an app. */
export type SharedState = {
  sessions: Store
  tokens: SharedTokenStore
  mintBudget: RateLimiter
  close(): Promise<void>
}

const CONNECT_MS = 5000
const MAX_PAUSE_MS = 3000

/** Connects to Redis; throws a `ConfigError` if that fails at the start. After a later failure the client reconnects. */
export async function connectRedis(url: string): Promise<SharedState> {
  let isConnected = false
  const client = createClient({
    url,
    // While Redis is unreachable, commands fail at once, so that pages show an error instead of waiting.
    disableOfflineQueue: true,
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (retries, cause) => (isConnected ? Math.min(retries * 100, MAX_PAUSE_MS) : cause)
    }
  })
  client.on('error', (error: Error) => {
    if (isConnected) console.error(`Redis: ${error.message}`)
  })
  try {
    await client.connect()
  } catch (cause) {
    // The message does not contain the URL, which may contain a password.
    throw new ConfigError('Redis cannot be reached at REDIS_URL. Is it running?', { cause })
  }
  isConnected = true

  return {
    sessions: new RedisStore({ client, prefix: 'shop-session:' }),
    // Errors must be thrown: the middleware then pauses its calls to an unreachable store.
    tokens: new Keyv(new KeyvRedis(client, { throwOnErrors: true }), {
      namespace: 'hubspot-token',
      useKeyPrefix: false,
      throwOnErrors: true
    }),
    // 90 calls in 10 s, the default of the middleware: at most 180 in any 10 s, below the 190 that HubSpot allows.
    mintBudget: new RateLimiterRedis({ storeClient: client, useRedisPackage: true, points: 90, duration: 10 }),
    async close() {
      await client.close().catch(() => undefined)
    }
  }
}
