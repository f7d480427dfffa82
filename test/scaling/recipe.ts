// The recipe of docs/scaling-out.md, line by line between the two marks; the only additions are where the tests plug in.
import KeyvRedis from '@keyv/redis'
import Keyv from 'keyv'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { type HubSpotIdentificationOptions, hubspotIdentification } from '../../lib/index.js'

/** What a test may add to, or take from, the recipe. */
export type RecipeOptions = Partial<HubSpotIdentificationOptions>

/** Connects to Redis and builds the middleware as the page says. */
export async function followRecipe(options: RecipeOptions) {
  // docs: from here
  const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
  const redis = createClient({ url, disableOfflineQueue: true })
  redis.on('error', (error: Error) => console.error(`Redis: ${error.message}`))
  await redis.connect()
  const identification = hubspotIdentification({
    accessToken: process.env['HUBSPOT_ACCESS_TOKEN'],
    cache: { store: new Keyv(new KeyvRedis(redis, { throwOnErrors: true }), { throwOnErrors: true }) },
    rateLimiter: new RateLimiterRedis({
      storeClient: redis,
      useRedisPackage: true,
      points: 90,
      duration: 10,
      inMemoryBlockOnConsumed: 90
    }),
    // docs: to here
    ...options
  })
  return { redis, identification }
}
