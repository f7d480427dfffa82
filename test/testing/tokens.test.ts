// Visitor tokens: their content, and which are refused.
import { describe, expect, test } from '@jest/globals'
import { createTokenSigner } from '../../lib/testing/tokens.js'

const START = Date.UTC(2026, 10, 22)

function signerAt(clock: { now: number }, portalId = '12345') {
  return createTokenSigner(portalId, () => clock.now)
}

describe('verify', () => {
  test('gives the person and the expiry, 12 hours after the mint, and refuses the token after it', () => {
    const clock = { now: START }
    const signer = signerAt(clock)
    const token = signer.mint({ email: 'jane@example.com', firstName: 'Jane' })
    expect(signer.verify(token)).toEqual({
      email: 'jane@example.com',
      firstName: 'Jane',
      portalId: '12345',
      issuedAt: START,
      expiresAt: START + 12 * 60 * 60 * 1000,
      id: expect.any(String)
    })
    clock.now += 12 * 60 * 60 * 1000 - 1
    expect(signer.verify(token)).toBeDefined()
    clock.now += 1
    expect(signer.verify(token)).toBeUndefined()
  })

  test('refuses tokens of another simulator, changed tokens, and other values', () => {
    const clock = { now: START }
    const signer = signerAt(clock)
    const token = signer.mint({ email: 'jane@example.com' })
    const [header, , signature] = token.split('.')
    const payload = Buffer.from(JSON.stringify({ email: 'boss@example.com' })).toString('base64url')
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url')
    const wrong = [
      signerAt(clock).mint({ email: 'jane@example.com' }),
      `${header}.${payload}.${signature}`,
      `${none}.${token.split('.')[1]}.`,
      `${token}x`,
      `${token}.x`,
      token.slice(0, -1),
      '',
      'a.b.c',
      undefined,
      null,
      5
    ]
    for (const value of wrong) expect(signer.verify(value)).toBeUndefined()
  })

  test('is for HS256 JWTs with iat and exp in seconds, different for each mint', () => {
    const signer = signerAt({ now: START })
    const token = signer.mint({ email: 'jane@example.com' })
    const [header, payload] = token.split('.').map((part) => Buffer.from(part, 'base64url').toString())
    expect(JSON.parse(header ?? '')).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(JSON.parse(payload ?? '')).toMatchObject({
      iat: START / 1000,
      exp: START / 1000 + 43_200,
      portalId: '12345'
    })
    expect(signer.mint({ email: 'jane@example.com' })).not.toBe(token)
  })
})
