// The CSP nonce of a page: where it is found, and which values are refused.
import { describe, expect, test } from '@jest/globals'
import type { Request, Response } from 'express'
import type { HubSpotIdentificationOptions } from '../../lib/index.js'
import { isNonce } from '../../lib/page/nonce.js'
import { attributesOf, elementsIn } from '../support/browser-view.js'
import { onPage } from './on-page.js'

describe('the nonce', () => {
  /** The nonces on the page's scripts. */
  async function noncesOf(options: Partial<HubSpotIdentificationOptions>, cspNonce?: unknown) {
    const { seen, codes } = await onPage(
      (res) => {
        res.locals['cspNonce'] = cspNonce
        return [res.locals.hubspot.snippet, res.locals.hubspot.snippet]
      },
      { options: { portalId: 1, ...options } }
    )
    expect(seen[1]).toBe(seen[0])
    return { nonces: elementsIn(seen[0] ?? '', 'script').map((script) => attributesOf(script)['nonce']), codes }
  }

  test('comes from res.locals.cspNonce, also when that is set after the middleware', async () => {
    expect(await noncesOf({}, 'r4nd0m==')).toEqual({ nonces: ['r4nd0m==', 'r4nd0m=='], codes: [] })
  })

  test('comes from the option, which is given request and response', async () => {
    const nonce = (req: Request, res: Response) => `${req.method}${res.statusCode}`
    expect(await noncesOf({ nonce }, 'not/this')).toEqual({ nonces: ['GET200', 'GET200'], codes: [] })
  })

  test('is left out when there is none', async () => {
    for (const none of [undefined, null, '']) {
      expect(await noncesOf({}, none)).toEqual({ nonces: [undefined, undefined], codes: [] })
    }
    expect(await noncesOf({ nonce: () => undefined }, 'abc')).toEqual({ nonces: [undefined, undefined], codes: [] })
  })

  test.each([['"><script>alert(1)</script>'], ['a b'], [5], [{}], [() => 'abc'], ['A'.repeat(300)]])(
    'is left out and reported once when it is malformed: %p',
    async (cspNonce) => {
      const { nonces, codes } = await noncesOf({}, cspNonce)
      expect({ nonces, codes }).toEqual({ nonces: [undefined, undefined], codes: ['ERR_VISITOR_INVALID'] })
    }
  )

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('of the app')
      }
    ],
    ['returns a promise that rejects', () => Promise.reject(new Error('of the app'))]
  ])('is left out and reported when its function %s', async (_name, nonce) => {
    const { nonces, codes } = await noncesOf({ nonce: nonce as () => string })
    expect({ nonces, codes }).toEqual({ nonces: [undefined, undefined], codes: ['ERR_VISITOR_INVALID'] })
  })
})

describe('isNonce()', () => {
  test.each(['a', 'rAnd0m+/==', 'url_safe-', 'A'.repeat(256)])('takes %j', (nonce) => {
    expect(isNonce(nonce)).toBe(true)
  })
  test.each(['', '===', '"><script>', 'a b', "a'", 'a\n', 'a===', 'é', 'A'.repeat(257), 5, null, undefined, ['a']])(
    'refuses %j',
    (nonce) => {
      expect(isNonce(nonce)).toBe(false)
    }
  )
})
