// Any visitor, token and settings in the snippet and its JSON: they arrive unchanged or are left out, and are never executed.
import { createContext, runInContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import express from 'express'
import fc from 'fast-check'
import { type DefaultTreeAdapterMap, parse } from 'parse5'
import request from 'supertest'
import { hubspotIdentification } from '../../lib/index.js'
import { isToken } from '../../lib/mint/token.js'
import { addIdentity, renderJson, renderSnippet } from '../../lib/page/snippet.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'

jest.setTimeout(60_000)

type Element = DefaultTreeAdapterMap['element']
type Node = DefaultTreeAdapterMap['node']

function elementsOf(node: Node): Element[] {
  const children = 'childNodes' in node ? node.childNodes.flatMap(elementsOf) : []
  return 'tagName' in node ? [node, ...children] : children
}

/** Checks that the HTML is one script and nothing else; gives the text of the script. */
function scriptOf(html: string): string {
  const elements = elementsOf(parse(`<!doctype html><title>t</title>${html}`))
  expect(elements.map(({ tagName }) => tagName)).toEqual(['html', 'head', 'title', 'script', 'body'])
  const script = elements[3]
  expect(script?.attrs).toEqual([])
  expect(elements[4]?.childNodes).toEqual([])
  return (script?.childNodes ?? []).map((node) => ('value' in node ? node.value : '')).join('')
}

/** Runs a script as a page does; gives the settings, the globals, and whether `alert` was called. */
function runInPage(script: string): { settings: unknown; hit: unknown; globals: string[] } {
  const context = createContext({})
  runInContext('var window = globalThis; var hit = 0; function alert() { hit = 1 }', context)
  runInContext(script, context)
  const left = runInContext(
    'JSON.stringify({ settings: window.hsConversationsSettings, hit, globals: Object.keys(globalThis).sort() })',
    context
  )
  return JSON.parse(left)
}

const NASTY = [
  '</script><script>alert(1)</script>',
  '<!--<script>',
  '-->',
  ']]>',
  '\u2028\u2029',
  '\ud800',
  '\udfff\ud800',
  '"\'`\\',
  '\\u003c/script>',
  '$'.concat('{alert(1)}'),
  '&lt;&amp;',
  '__proto__',
  'constructor',
  "o'brien+x&co@example.com",
  '\0\r\n\t',
  ');alert(1);(',
  '")),alert(1),JSON.parse(("'
]
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...NASTY), fc.string())

/** Whether a value contains `null`, which the option `settings` refuses at any depth. */
function hasNull(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.values(value).some(hasNull))
}

const json = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (Object.is(n, -0) ? 0 : n)),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 4 })
  )
})).value
const IDENTITY_KEYS = ['identificationEmail', 'identificationToken', '__proto__']
const settings = fc
  .dictionary(text, json, { maxKeys: 5 })
  .map((all) =>
    Object.fromEntries(Object.entries(all).filter(([key, v]) => !IDENTITY_KEYS.includes(key) && !hasNull(v)))
  )
const token = fc.stringMatching(/^[!$%()*+,\-./0-9:;=?@A-Z[\]^_a-z{|}~]{1,60}$/)

describe('renderSnippet', () => {
  test('any settings, address and token arrive unchanged, and no other script runs', () => {
    fc.assert(
      fc.property(settings, text.filter(Boolean), fc.oneof(token, text.filter(Boolean)), (own, email, someToken) => {
        const all = { ...own, identificationEmail: email, identificationToken: someToken }
        const left = runInPage(
          scriptOf(renderSnippet({ json: renderJson(all), nonce: undefined, loaderUrl: undefined }))
        )
        expect(left).toEqual({
          settings: JSON.parse(JSON.stringify(all)),
          hit: 0,
          globals: ['alert', 'hit', 'hsConversationsSettings', 'window']
        })
      }),
      { numRuns: 300 }
    )
  })

  test('an identity that is added to rendered settings gives the same text as rendering all together', () => {
    fc.assert(
      fc.property(settings, text, token, (own, email, someToken) => {
        const all = { ...own, identificationEmail: email, identificationToken: someToken }
        expect(addIdentity(renderJson(own), { email, token: someToken })).toBe(renderJson(all))
      })
    )
  })

  test('the JSON is ASCII without characters that end a script, a literal or an attribute', () => {
    fc.assert(
      fc.property(settings, (own) => {
        const printed = renderJson(own)
        expect(printed).toMatch(/^[\x20-\x7e]*$/)
        expect(printed).not.toMatch(/[<>&'`$]/)
        expect(JSON.parse(printed)).toEqual(JSON.parse(JSON.stringify(own)))
      })
    )
  })
})

test('a usable token needs no escaping anywhere in a page', () => {
  fc.assert(
    fc.property(fc.oneof(token, text, json), (value) => {
      if (isToken(value)) expect(value).toMatch(/^(?:(?![\s"'<>&#\\`])[ -~]){1,4096}$/)
      else if (typeof value === 'string') expect(value).not.toMatch(/^[A-Za-z0-9._-]{1,4096}$/)
    })
  )
})

describe('a page of Express', () => {
  let simulator: HubSpotSimulator
  beforeAll(async () => {
    simulator = await startHubSpotSimulator({ rateLimit: { max: 1_000_000 } })
  })
  afterAll(() => simulator.close())

  test('contains any user and any token of HubSpot unchanged, or not at all', async () => {
    const user = fc.record({ email: fc.oneof(fc.emailAddress(), text), firstName: text, lastName: text })
    await fc.assert(
      fc.asyncProperty(user, fc.oneof(token, text), settings, async (someone, someToken, own) => {
        simulator.respondWith()
        simulator.respondWith({ token: someToken })
        const app = express()
        app.use((req, _res, next) => {
          Object.assign(req, { user: someone })
          next()
        })
        app.use(
          hubspotIdentification({
            accessToken: 'pat-1',
            baseUrl: simulator.url,
            settings: own,
            rateLimiter: { consume: async () => {} },
            onError: () => {}
          })
        )
        app.get('/', (_req, res) => void res.send(`<!doctype html><title>t</title>${res.locals.hubspot.snippet}`))
        app.get('/json', (_req, res) => void res.type('text').send(res.locals.hubspot.json))
        const { text: html } = await request(app).get('/').expect(200)
        const { text: printed } = await request(app).get('/json').expect(200)
        const plain = JSON.parse(JSON.stringify(own))
        const shown = { ...plain, identificationEmail: someone.email.trim(), identificationToken: someToken }
        const snippet = html.slice('<!doctype html><title>t</title>'.length)
        if (snippet === '') expect(plain).toEqual({})
        else expect([plain, shown]).toContainEqual(runInPage(scriptOf(snippet)).settings)
        expect([plain, shown]).toContainEqual(JSON.parse(printed))
        if (!isToken(someToken)) expect(printed).not.toContain('identificationToken')
      }),
      { numRuns: 40 }
    )
  })
})
