// The environment variables of the example: the error for a wrong or missing variable contains its name.
import { describe, expect, test } from '@jest/globals'
import { ConfigError, readConfig } from '../../example-app/config.js'

const account = { HUBSPOT_ACCESS_TOKEN: 'pat-1', DEMO_USER_EMAIL: 'me@example.com', DEMO_USER_PASSWORD: 'long enough' }

const refusal = (env: Record<string, string>): string => {
  try {
    readConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('was not refused')
}

describe('readConfig()', () => {
  test('without variables uses the simulator, on 127.0.0.1:3000, in one process', () => {
    const config = readConfig({})
    expect(config).toMatchObject({ isProduction: false, host: '127.0.0.1', port: 3000, workers: 1 })
    expect([config.hubspot, config.redisUrl, config.simulatorUrl, config.simulatorPort]).toEqual(
      Array(4).fill(undefined)
    )
  })

  test('makes a new random secret each time if none is set', () => {
    expect(readConfig({}).sessionSecret).toHaveLength(43)
    expect(readConfig({}).sessionSecret).not.toBe(readConfig({}).sessionSecret)
  })

  test('reads HOST, PORT, SESSION_SECRET, REDIS_URL and WORKERS', () => {
    const env = { HOST: '::1', PORT: '0', SESSION_SECRET: 's', REDIS_URL: 'redis://localhost', WORKERS: '4' }
    expect(readConfig(env)).toMatchObject({
      host: '::1',
      port: 0,
      sessionSecret: 's',
      redisUrl: 'redis://localhost',
      workers: 4
    })
  })

  test('reads the HubSpot account, with na1 as default region', () => {
    expect(readConfig({ ...account, HUBSPOT_PORTAL_ID: '123' }).hubspot).toEqual({
      accessToken: 'pat-1',
      portalId: '123',
      region: 'na1',
      baseUrl: undefined,
      user: { email: 'me@example.com', password: 'long enough' }
    })
    expect(readConfig({ ...account, HUBSPOT_REGION: 'eu1' }).hubspot?.region).toBe('eu1')
  })

  test('needs only an access token for an account; then no user can log in', () => {
    expect(readConfig({ HUBSPOT_ACCESS_TOKEN: 'pat-1' }).hubspot).toMatchObject({
      accessToken: 'pat-1',
      user: undefined
    })
  })

  test('accepts an address with unusual characters', () => {
    const email = "o'brien+x&co@example.com"
    expect(readConfig({ ...account, DEMO_USER_EMAIL: email }).hubspot?.user?.email).toBe(email)
  })

  test.each([
    [{ PORT: 'http' }, 'PORT must be a whole number from 0 to 65535.'],
    [{ PORT: '70000' }, 'PORT must be a whole number'],
    [{ SIMULATOR_PORT: '-1' }, 'SIMULATOR_PORT must be a whole number from 0 to 65535.'],
    [{ WORKERS: '0' }, 'WORKERS must be a whole number from 1 to 64.'],
    [{ WORKERS: '4' }, 'WORKERS=4 needs REDIS_URL'],
    [{ REDIS_URL: 'localhost:6379' }, 'REDIS_URL must look like redis://'],
    [{ ...account, DEMO_USER_EMAIL: ' ' }, 'set DEMO_USER_EMAIL,'],
    [{ ...account, DEMO_USER_EMAIL: 'notanemail' }, 'DEMO_USER_EMAIL must be an email address'],
    [{ ...account, DEMO_USER_PASSWORD: '' }, 'set DEMO_USER_PASSWORD,'],
    [{ ...account, HUBSPOT_PORTAL_ID: 'x1' }, 'HUBSPOT_PORTAL_ID'],
    [{ ...account, HUBSPOT_REGION: 'https://eu' }, 'HUBSPOT_REGION'],
    [{ NODE_ENV: 'production', SESSION_SECRET: 's' }, 'the HubSpot simulator is not for production'],
    [{ NODE_ENV: 'production', ...account }, 'NODE_ENV=production needs SESSION_SECRET']
  ])('refuses %j', (env, message) => {
    expect(refusal(env as Record<string, string>)).toContain(message)
  })

  test('repeats no secret in an error', () => {
    expect(refusal({ HUBSPOT_ACCESS_TOKEN: 'pat-secret', HUBSPOT_REGION: 'x' })).not.toContain('pat-secret')
    expect(refusal({ HUBSPOT_ACCESS_TOKEN: 'pat-secret', DEMO_USER_PASSWORD: 'hunter2' })).not.toMatch(/secret|hunter2/)
    expect(refusal({ REDIS_URL: 'http://:hunter2@localhost' })).not.toContain('hunter2')
  })
})
