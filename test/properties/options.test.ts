// Any options object: it works, or throws one error that names a key and no value.
import { inspect } from 'node:util'
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { HubSpotIdentificationError, hubspotIdentification } from '../../lib/index.js'

const SECRET = 'zqx-secret-value'
const TOKEN = { accessToken: 'pat-1' }
const KEYS = [
  'accessToken',
  'account',
  'visitor',
  'skip',
  'maxWaitMs',
  'timeoutMs',
  'retries',
  'renewBeforeMs',
  'tokenLifetimeMs',
  'cache',
  'rateLimiter',
  'apiVersion',
  'baseUrl',
  'fetch',
  'agent',
  'portalId',
  'region',
  'settings',
  'nonce',
  'autoInsert',
  'sessionKey',
  'localsKey',
  'forgetOnLogout',
  'onError'
]
const circular: Record<string, unknown> = {}
circular['self'] = circular

const value = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withObjectString: true }),
  fc.constantFrom<unknown>(
    SECRET,
    ` ${SECRET}\n`,
    [SECRET],
    { [KEYS[0] as string]: SECRET },
    `https://user:${SECRET}@example.com`,
    `http://${SECRET}.example`,
    `https://example.com/?k=${SECRET}`,
    () => SECRET,
    Symbol(SECRET),
    circular,
    { maxEntries: SECRET },
    { store: { get: SECRET } },
    { identificationToken: SECRET },
    { deep: { circular } }
  ),
  fc.integer(),
  fc.double(),
  fc.string()
)
/** Options in which one, or a nested one, throws an error with the secret at its first, second or third read. */
const unreadable = fc
  .tuple(fc.constantFrom(...KEYS), value, fc.constantFrom('', 'maxEntries', 'store', 'get', 'a'), fc.nat(2))
  .map(([key, given, inside, calm]) => {
    let reads = 0
    const get = () => {
      if (reads++ < calm) return given
      throw Object.assign(new Error(SECRET), { name: SECRET, code: SECRET })
    }
    const failing = (name: string) => Object.defineProperty({}, name, { get, enumerable: true })
    return Object.assign(inside ? { [key]: failing(inside) } : failing(key), key !== 'accessToken' && TOKEN)
  })
const options = fc.oneof(
  unreadable,
  fc.dictionary(fc.oneof(fc.constantFrom(...KEYS), fc.string()), value, { maxKeys: 6 }),
  fc.tuple(fc.constantFrom(...KEYS), value).map(([key, given]) => ({ ...TOKEN, [key]: given })),
  value
)

test('any options work, or cause an error that names a key and contains no value', () => {
  let refused = 0
  fc.assert(
    fc.property(options, (given) => {
      try {
        expect(hubspotIdentification(given as never)).toBeInstanceOf(Function)
      } catch (error) {
        refused += 1
        if (!(error instanceof HubSpotIdentificationError)) throw error
        expect(error.code).toBe('ERR_OPTIONS_INVALID')
        expect(error.message).toMatch(/"[^"]*"|options must be an object|options cannot be read|was given a request/)
        expect(error.hint).not.toBe('')
        expect(inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error)).not.toContain(SECRET)
      }
    }),
    { numRuns: 1500 }
  )
  expect(refused).toBeGreaterThan(100)
})
