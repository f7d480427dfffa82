// What a Content-Security-Policy allows, by https://www.w3.org/TR/CSP3/.
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import {
  allowsInline,
  allowsScriptElement,
  allowsScripts,
  allowsUrl,
  type Policy,
  parsePolicies
} from '../../../lib/cli/page/csp-policy.js'
import { coversUrl } from '../../../lib/cli/page/csp-source.js'

const one = (text: string): Policy => parsePolicies(text)[0] ?? new Map()

describe('whether a source covers an address', () => {
  test.each([
    ['*', 'https://a.example/'],
    ['*', 'wss://a.example/'],
    ['https:', 'https://a.example/x'],
    ['HTTPS:', 'https://a.example/x'],
    ['http:', 'https://a.example/x'],
    ['wss:', 'wss://a.example/x'],
    ['ws:', 'wss://a.example/x'],
    ['a.example', 'https://a.example/x'],
    ['A.Example', 'https://a.example/x'],
    ['https://a.example', 'https://a.example/x'],
    ['http://a.example', 'https://a.example/x'],
    ['https://a.example:443', 'https://a.example/x'],
    ['http://a.example:80', 'https://a.example/x'],
    ['https://a.example:*', 'https://a.example:8443/x'],
    ['https://*.example', 'https://b.a.example/x'],
    ['https://a.example/', 'https://a.example/x/y.js'],
    ['https://a.example/x/', 'https://a.example/x/y.js'],
    ['https://a.example/x/y.js', 'https://a.example/x/y.js?z'],
    ['https://a.example/%78.js', 'https://a.example/x.js'],
    ["'self'", 'https://shop.example/x'],
    ["'SELF'", 'wss://shop.example/x']
  ])('%s covers %s', (source, url) => {
    expect(coversUrl([source], new URL(url), { page: new URL('https://shop.example/') })).toBe(true)
  })

  test.each([
    ['*', 'data:text/plain,x'],
    ['https:', 'http://a.example/x'],
    ['a.example', 'http://a.example/x'],
    ['https://a.example', 'https://b.a.example/x'],
    ['https://*.a.example', 'https://a.example/x'],
    ['https://*.a.example', 'https://xa.example/x'],
    ['https://a.example', 'https://a.example:8443/x'],
    ['https://a.example', 'wss://a.example/x'],
    ['https://a.example/x', 'https://a.example/x/y.js'],
    ['https://a.example/x/', 'https://a.example/y.js'],
    ["'self'", 'https://a.example/x'],
    ["'self'", 'http://shop.example/x'],
    ["'self'", 'https://shop.example:8443/x'],
    ["'none'", 'https://shop.example/x'],
    ["'unsafe-inline'", 'https://shop.example/x'],
    ['self', 'https://shop.example/x'],
    ['no host', 'https://shop.example/x']
  ])('%s does not cover %s', (source, url) => {
    expect(coversUrl([source], new URL(url), { page: new URL('https://shop.example/') })).toBe(false)
  })

  test("'self' of an http page also covers https, ws and wss", () => {
    const page = new URL('http://shop.example/')
    const covered = ['http://shop.example/', 'https://shop.example/', 'ws://shop.example/', 'wss://shop.example/']
    for (const url of covered) expect(coversUrl(["'self'"], new URL(url), { page })).toBe(true)
  })
})

describe('whether an inline script is allowed', () => {
  const text = 'start()'
  const hash = createHash('sha256').update(text).digest('base64')
  const urlSafe = hash.replaceAll('+', '-').replaceAll('/', '_')
  test.each([
    ['', true],
    ["img-src 'none'", true],
    ["default-src 'none'", false],
    ["script-src 'unsafe-inline'", true],
    ["script-src 'UNSAFE-INLINE'", true],
    ["script-src 'unsafe-inline' 'strict-dynamic'", false],
    ["script-src 'unsafe-inline' 'nonce-bm9uY2U='", true],
    ["script-src 'unsafe-inline' 'nonce-b3RoZXI='", false],
    ["script-src 'NONCE-bm9uY2U='", true],
    ["script-src 'nonce-BM9UY2U='", false],
    [`script-src 'sha256-${hash}'`, true],
    [`script-src 'sha256-${urlSafe}'`, true],
    [`script-src 'unsafe-inline' 'sha256-${hash.replace(/^./, '_')}'`, false],
    ["script-src-elem 'none'; script-src 'unsafe-inline'", false],
    ["script-src-elem 'unsafe-inline'; script-src 'none'", true],
    ["default-src 'none'; script-src 'unsafe-inline'", true],
    ["script-src 'none'; script-src 'unsafe-inline'", false],
    ["SCRIPT-SRC\t'unsafe-inline'", true]
  ])('%s: %s', (policy, allowed) => {
    expect(allowsInline(one(policy), { kind: 'script', text, nonce: 'bm9uY2U=' })).toBe(allowed)
  })

  test('an empty nonce in the policy does not allow a script without a nonce', () => {
    for (const nonce of [undefined, '']) {
      expect(allowsInline(one("script-src 'nonce-'"), { kind: 'script', text, nonce })).toBe(false)
    }
  })
})

describe('whether a script with an address is allowed', () => {
  const src = new URL('https://js.hs-scripts.com/12345.js')
  const context = { page: new URL('https://shop.example/') }
  test.each([
    ["script-src 'self' https://js.hs-scripts.com", undefined, true],
    ["script-src 'self'", undefined, false],
    ["script-src 'nonce-bm9uY2U='", 'bm9uY2U=', true],
    ["script-src 'strict-dynamic' https:", undefined, false],
    ["script-src 'strict-dynamic' 'nonce-bm9uY2U='", 'bm9uY2U=', true],
    ["connect-src 'none'", undefined, true]
  ])('a script element in the HTML: %s, nonce %s: %s', (policy, nonce, allowed) => {
    expect(allowsScriptElement(one(policy), { src, nonce }, context)).toBe(allowed)
  })

  test("'strict-dynamic' allows a script that another script adds", () => {
    expect(allowsUrl(one("script-src 'strict-dynamic' 'nonce-x'"), 'script', src, context)).toBe(true)
    expect(allowsUrl(one("script-src 'self'"), 'script', src, context)).toBe(false)
  })
})

test.each([
  ["frame-src 'none'; child-src *", false],
  ["child-src 'none'; default-src *", false],
  ["default-src 'none'; child-src *", true],
  ["default-src 'none'", false]
])('whether a frame is allowed: %s: %s', (policy, allowed) => {
  const url = new URL('https://app.hubspot.com/')
  expect(allowsUrl(one(policy), 'frame', url, { page: new URL('https://shop.example/') })).toBe(allowed)
})

test.each([
  ['sandbox', false],
  ['sandbox allow-forms', false],
  ['sandbox allow-forms Allow-Scripts', true],
  ["default-src 'none'", true]
])('whether %s allows scripts: %s', (policy, allowed) => {
  expect(allowsScripts(one(policy))).toBe(allowed)
})

test('policies are separated by commas, and empty ones are ignored', () => {
  expect(parsePolicies(undefined)).toEqual([])
  expect(parsePolicies(' , ;, ')).toEqual([])
  expect(parsePolicies("img-src 'none', img-src *")).toHaveLength(2)
})
