// Reads the environment variables; the error for a missing or wrong one is one sentence that names it.
import { randomBytes } from 'node:crypto'

/** The HubSpot account, when `HUBSPOT_ACCESS_TOKEN` is set. */
export type HubSpotAccount = {
  accessToken: string
  portalId: string | undefined
  region: string
  /** A host other than HubSpot's, for tests. */
  baseUrl: string | undefined
  /** The only user who can log in, if one is set; demo users exist only with the simulator. */
  user: { email: string; password: string } | undefined
}

/** The settings of this process. */
export type Config = {
  isProduction: boolean
  host: string
  port: number
  sessionSecret: string
  /** `undefined`: the app uses the simulator. */
  hubspot: HubSpotAccount | undefined
  /** The URL of a running simulator; the primary process sets it for its workers. */
  simulatorUrl: string | undefined
  /** The port of the simulator; `undefined`: 4010, or a free port if that is taken. */
  simulatorPort: number | undefined
  redisUrl: string | undefined
  workers: number
}

/** A missing or wrong setting; the message is for the person who starts the app. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

type Environment = Record<string, string | undefined>

/** Reads the settings; throws a `ConfigError` that says what to set instead. */
export function readConfig(env: Environment): Config {
  const isProduction = env['NODE_ENV'] === 'production'
  const hubspot = readHubSpot(env)
  if (isProduction && !hubspot) {
    throw new ConfigError('NODE_ENV=production: the HubSpot simulator is not for production. Set HUBSPOT_ACCESS_TOKEN.')
  }
  const redisUrl = readRedisUrl(env)
  const workers = readInteger(env, 'WORKERS', { min: 1, max: 64, fallback: 1 })
  if (workers > 1 && !redisUrl) {
    throw new ConfigError(`WORKERS=${workers} needs REDIS_URL: without it every process would keep its own sessions.`)
  }
  return {
    isProduction,
    host: text(env, 'HOST') ?? '127.0.0.1',
    port: readInteger(env, 'PORT', { min: 0, max: 65_535, fallback: 3000 }),
    sessionSecret: readSessionSecret(env, isProduction),
    hubspot,
    simulatorUrl: text(env, 'SIMULATOR_URL'),
    simulatorPort: readInteger(env, 'SIMULATOR_PORT', { min: 0, max: 65_535, fallback: undefined }),
    redisUrl,
    workers
  }
}

function readHubSpot(env: Environment): HubSpotAccount | undefined {
  const accessToken = text(env, 'HUBSPOT_ACCESS_TOKEN')
  if (accessToken === undefined) return undefined
  const portalId = text(env, 'HUBSPOT_PORTAL_ID')
  if (portalId !== undefined && !/^\d+$/.test(portalId)) {
    throw new ConfigError('HUBSPOT_PORTAL_ID is the number of your HubSpot account: digits only.')
  }
  const region = text(env, 'HUBSPOT_REGION') ?? 'na1'
  if (!/^[a-z]{2,4}\d{1,2}$/.test(region)) {
    throw new ConfigError('HUBSPOT_REGION is where your HubSpot account is hosted: na1, eu1 or ap1.')
  }
  return { accessToken, portalId, region, baseUrl: text(env, 'HUBSPOT_BASE_URL'), user: readUser(env) }
}

/** The pattern with which browsers check email fields: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address */
const EMAIL =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/

function readUser(env: Environment): HubSpotAccount['user'] {
  const email = text(env, 'DEMO_USER_EMAIL')
  const password = env['DEMO_USER_PASSWORD'] || undefined
  if (email === undefined && password === undefined) return undefined
  if (email !== undefined && !EMAIL.test(email)) {
    throw new ConfigError('DEMO_USER_EMAIL must be an email address, such as you@example.com.')
  }
  if (email !== undefined && password !== undefined) return { email, password }
  const missing = email === undefined ? 'DEMO_USER_EMAIL' : 'DEMO_USER_PASSWORD'
  throw new ConfigError(`The one account that can log in needs an address and a password: set ${missing}, too.`)
}

function readSessionSecret(env: Environment, isProduction: boolean): string {
  const secret = text(env, 'SESSION_SECRET')
  if (secret !== undefined) return secret
  if (isProduction) {
    throw new ConfigError('NODE_ENV=production needs SESSION_SECRET: a long random text, the same for every process.')
  }
  // With a random secret, sessions end at the next start, which is enough outside production.
  return randomBytes(32).toString('base64url')
}

function readRedisUrl(env: Environment): string | undefined {
  const url = text(env, 'REDIS_URL')
  if (url === undefined) return undefined
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol)) {
    throw new ConfigError('REDIS_URL must look like redis://127.0.0.1:6379.')
  }
  return url
}

function readInteger<Fallback extends number | undefined>(
  env: Environment,
  name: string,
  range: { min: number; max: number; fallback: Fallback }
): number | Fallback {
  const value = text(env, name)
  if (value === undefined) return range.fallback
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= range.min && number <= range.max) return number
  throw new ConfigError(`${name} must be a whole number from ${range.min} to ${range.max}.`)
}

/** The value of a variable; an empty one counts as not set. */
function text(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined
}
