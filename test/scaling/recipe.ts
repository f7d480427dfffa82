// The recipe of docs/scaling-out.md, between the two marks, with additions for the tests.
import KeyvRedis from '@keyv/redis'
import Keyv from 'keyv'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { createClient } from 'redis'
import { type HubSpotIdentificationOptions, hubspotIdentification } from '../../lib/index.js'

/** What a test can change in the recipe. */
export type RecipeOptions = Partial<HubSpotIdentificationOptions>

/** Connects to Redis and creates the middleware, as the page says. */
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
