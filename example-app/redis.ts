// What several processes share, in Redis: sessions, tokens, and the budget of calls to HubSpot.
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

/** Connects; a Redis that cannot be reached at the start is a `ConfigError`, one that goes away later is waited for. */
export async function connectRedis(url: string): Promise<SharedState> {
  let isConnected = false
  const client = createClient({
    url,
    // While Redis is away a command fails at once: the page shows an error instead of waiting for ever.
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
    // The address may carry a password, so it is not repeated.
    throw new ConfigError('Redis cannot be reached at REDIS_URL. Is it running?', { cause })
  }
  isConnected = true

  return {
    sessions: new RedisStore({ client, prefix: 'shop-session:' }),
    // With errors thrown, the package leaves a store that is away alone for a while.
    tokens: new Keyv(new KeyvRedis(client, { throwOnErrors: true }), {
      namespace: 'hubspot-token',
      useKeyPrefix: false,
      throwOnErrors: true
    }),
    // 90 calls in 10 s, the package's own default: at most 180 in any 10 s, below the 190 that HubSpot allows.
    mintBudget: new RateLimiterRedis({ storeClient: client, useRedisPackage: true, points: 90, duration: 10 }),
    async close() {
      await client.close().catch(() => undefined)
    }
  }
}
