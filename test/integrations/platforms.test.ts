// A serverless function and the endpoint of a native app, with the unchanged recipes of docs/.
import { expect, jest, test } from '@jest/globals'
import { describeIntegrations } from './describe-integrations.js'

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

await describeIntegrations(names, (name, ready) => {
  test('works as its page of docs/ says, and prints only a hint', async () => {
    const { code, stdout, stderr } = await ready().visit(name)
    expect({ code, seen: JSON.parse(stdout || '{}') }).toEqual({ code: 0, seen: SEEN[name] })
    // The hint why Eve is not identified.
    if (name === 'native-app') expect(stderr).toMatch(/^express-hubspot-identification: .* Reason: unverified\.\n$/)
    else expect(stderr).toBe('')
  })
})
