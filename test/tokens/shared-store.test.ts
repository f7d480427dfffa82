// What is written to the shared store, and how what is read from it is checked.
import { describe, expect, test } from '@jest/globals'
import { createSharedTokens } from '../../lib/tokens/shared-store.js'
import { recordFaults } from '../mint/harness.js'

const HOUR_MS = 60 * 60 * 1000
const holder = { key: 'k', email: 'jane@example.com', account: 'a' }
const entry = () => ({ email: 'jane@example.com', account: 'a', token: 't', expiresAt: Date.now() + HOUR_MS })

function sharing(get: (key: string) => unknown) {
  const writes: unknown[][] = []
  const store = {
    get,
    set: (...written: unknown[]) => void writes.push(written),
    delete: () => true
  }
  const { report, faults } = recordFaults()
  const tokens = createSharedTokens({ store, tokenLifetimeMs: 12 * HOUR_MS }, report)
  if (!tokens) throw new Error('there is a store')
  return { tokens, writes, faults }
}

describe('reading', () => {
  test('does not happen without a store', () => {
    expect(createSharedTokens({ store: undefined, tokenLifetimeMs: 1 }, recordFaults().report)).toBeUndefined()
  })

  test('finds what was written, without the account', async () => {
    const { email, token, expiresAt, account } = entry()
    const { tokens } = sharing(async () => ({ email, token, expiresAt, account, more: 1 }))
    expect(await tokens.read(holder)).toEqual({ email, token, expiresAt })
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a text', 'token'],
    ['a list', []],
    ['another address', { ...entry(), email: 'mallory@example.com' }],
    ['another case of the address', { ...entry(), email: 'Jane@example.com' }],
    ['another account', { ...entry(), account: 'b' }],
    ['no account', { ...entry(), account: undefined }],
    ['an end that has passed', { ...entry(), expiresAt: Date.now() - 1 }],
    ['an end too far away', { ...entry(), expiresAt: Date.now() + 13 * HOUR_MS }],
    ['an end that is no number', { ...entry(), expiresAt: 'never' }],
    ['an endless end', { ...entry(), expiresAt: Number.POSITIVE_INFINITY }],
    ['a token that is none', { ...entry(), token: '</script>' }],
    ['a token that is a list', { ...entry(), token: ['t'] }]
  ])('ignores %s, without a report', async (_name, value) => {
    const { tokens, faults } = sharing(() => value)
    expect(await tokens.read(holder)).toBeUndefined()
    expect(faults).toEqual([])
  })

  test('ignores a value that throws when it is read', async () => {
    const { tokens, faults } = sharing(() => ({
      get email() {
        throw new Error('jane@example.com')
      }
    }))
    expect(await tokens.read(holder)).toBeUndefined()
    expect(faults).toHaveLength(1)
  })
})

describe('writing', () => {
  test('stores the token with its account, until the token expires', async () => {
    const { tokens, writes } = sharing(() => undefined)
    const { account, ...identification } = entry()
    await tokens.write(holder, identification)
    const [key, value, ttlMs] = writes[0] ?? []
    expect([key, value]).toEqual(['k', { ...identification, account }])
    expect(ttlMs).toBeGreaterThan(HOUR_MS - 1000)
    expect(ttlMs).toBeLessThanOrEqual(HOUR_MS)
  })

  test('leaves out a token that has expired', async () => {
    const { tokens, writes } = sharing(() => undefined)
    await tokens.write(holder, { email: 'jane@example.com', token: 't', expiresAt: Date.now() - 1 })
    expect(writes).toEqual([])
  })
})
