// A serverless function and a native app's endpoint with the recipes of docs/, word for word.
import { afterAll, expect, jest, test } from '@jest/globals'
import { describeIntegrations } from './describe-integrations.js'
import { prepareIntegrations } from './real-packages.js'

jest.setTimeout(120_000)

const SEEN: Record<string, object> = {
  'serverless-http': {
    guest: 'nobody',
    ada: ['ada@example.com', 'ada@example.com'],
    cacheControl: 'private, no-store',
    isKept: true,
    minted: ['ada@example.com']
  },
  'native-app': {
    statuses: [200, 200, 401, 204],
    identity: ['ada@example.com', 'ada@example.com', true],
    cacheControl: 'private, no-store',
    cookies: [],
    minted: ['ada@example.com']
  }
}

const names = Object.keys(SEEN)
const integrations = await prepareIntegrations(names)
afterAll(async () => integrations?.remove())

describeIntegrations(
  names,
  (name, ready) => {
    test('compiles under strict rules', () => {
      expect(ready().compiled(name)).toEqual([])
    })

    test('does what its page says, and prints nothing but a hint', async () => {
      const { code, stdout, stderr } = await ready().visit(name)
      expect({ code, seen: JSON.parse(stdout || '{}') }).toEqual({ code: 0, seen: SEEN[name] })
      // Outside production a developer is told why Eve is nobody.
      if (name === 'native-app') expect(stderr).toMatch(/^express-hubspot-identification: .* Reason: unverified\.\n$/)
      else expect(stderr).toBe('')
    })
  },
  integrations
)
