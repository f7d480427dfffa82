// One process of the example: the URL that it prints, and the settings that it refuses.
import { describe, expect, test } from '@jest/globals'
import { ConfigError, readConfig } from '../../example-app/config.js'
import { serve, urlOf } from '../../example-app/serve.js'

describe('urlOf()', () => {
  test.each([
    ['127.0.0.1', 'http://127.0.0.1:3000'],
    ['localhost', 'http://localhost:3000'],
    ['::1', 'http://[::1]:3000'],
    ['0.0.0.0', 'http://127.0.0.1:3000'],
    ['::', 'http://[::1]:3000']
  ])('for HOST=%s is %s, which a browser can open', (host, url) => {
    expect(urlOf(host, 3000)).toBe(url)
  })
})

describe('serve()', () => {
  test.each([
    [{ HUBSPOT_ACCESS_TOKEN: 'a secret' }, 'HUBSPOT_ACCESS_TOKEN takes a non-empty string'],
    [{ HUBSPOT_BASE_URL: 'http://secret.example.com' }, 'HUBSPOT_BASE_URL takes an https URL'],
    [{ HUBSPOT_PORTAL_ID: '1'.repeat(21) }, 'HUBSPOT_PORTAL_ID takes digits, such as 12345 or "12345".']
  ])('refuses %j in one line that names the variable and not its value', async (env, message) => {
    const start = serve(readConfig({ PORT: '0', HUBSPOT_ACCESS_TOKEN: 'pat-secret', ...(env as object) }))
    const error = await start.catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigError)
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).not.toMatch(/secret|\n/)
  })
})
