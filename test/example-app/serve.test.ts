// One process of the example: where it says it is.
import { describe, expect, test } from '@jest/globals'
import { urlOf } from '../../example-app/serve.js'

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
