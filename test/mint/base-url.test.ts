// Which URLs are allowed as `baseUrl`, and which of them are on this machine.
import { expect, test } from '@jest/globals'
import { isLoopback, parseBaseUrl } from '../../lib/mint/base-url.js'

test.each([
  ['https://api.hubapi.com', false],
  ['https://api.hubapi.com/path', false],
  ['https://127.0.0.1.example.com', false],
  ['https://localhost', true],
  ['http://localhost:4010', true],
  ['http://127.0.0.1:4010', true],
  ['http://127.1', true],
  ['http://0x7f.0.0.1', true],
  ['http://[::1]:4010', true]
])('%s is allowed; on this machine: %s', (text, local) => {
  const url = parseBaseUrl(text)
  expect(url && isLoopback(url)).toBe(local)
})

test.each([
  ...[
    '',
    'api.hubapi.com',
    'ftp://127.0.0.1',
    'http://api.hubapi.com',
    'http://127.0.0.1.example.com',
    'http://0.0.0.0'
  ],
  ...['http://localhost.example.com', 'http://128.0.0.1', 'http://[::2]', 'https://user@api.hubapi.com'],
  ...[
    'https://:pass@api.hubapi.com',
    'https://api.hubapi.com?',
    'https://api.hubapi.com?a=b',
    'https://api.hubapi.com#'
  ]
])('%j is refused', (text) => {
  expect(parseBaseUrl(text)).toBeUndefined()
})
