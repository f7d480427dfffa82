// The snippet and its JSON, parsed as by a browser: hostile values arrive unchanged and stay inside of the script element.
import { describe, expect, test } from '@jest/globals'
import { loaderUrl } from '../../lib/page/loader.js'
import { renderJson, renderSnippet } from '../../lib/page/snippet.js'
import { attributesOf, elementsIn, inlineScriptsIn, runScripts, settingsSeenBy } from '../support/browser-view.js'

const HOSTILE = [
  "o'brien+x&co@example.com",
  '</script><img src=x onerror=alert(1)>',
  '</SCRIPT\t><svg/onload=alert(1)>',
  '<!--<script>',
  '-->',
  ']]>',
  '"quotes" and \'quotes\' and `backticks`',
  ['$', '{template}'].join(''),
  '\\u003c \\" \\\\ \\',
  '&amp;&lt;&#39;',
  'line\u2028separator\u2029paragraph\r\n\t\u0000\u0008\u007f\u0085\ufeff',
  '\u{1f600} \u00e9 \uffff',
  '\ud800 lone \udfff',
  '__proto__',
  '{{7*7}} <%= 1 %> #{1}',
  "$& $1 $` $'"
]

const parts = { nonce: undefined, loaderUrl: undefined }
const hubspot = new URL('https://api.hubapi.com')

describe('renderJson()', () => {
  test.each(HOSTILE)('keeps %j exactly, in ASCII, without characters that HTML interprets', (value) => {
    const json = renderJson({ [value]: value, list: [value] })
    expect(json).toMatch(/^[ -~]*$/)
    expect(json).not.toMatch(/[<>&'`$]/)
    expect(Object.entries(JSON.parse(json))).toEqual([
      [value, value],
      ['list', [value]]
    ])
    const html = `<!doctype html><script>json = ${json}</script><p>after`
    expect(elementsIn(html, 'p')).toHaveLength(1)
    expect(elementsIn(html, 'img').concat(elementsIn(html, 'svg'))).toEqual([])
  })
})

describe('renderSnippet()', () => {
  test.each(HOSTILE)('passes %j to the widget exactly', (value) => {
    const settings = { identificationEmail: value, identificationToken: 'tok', other: { [value]: [value] } }
    const html = `<!doctype html><head>${renderSnippet({ ...parts, json: renderJson(settings) })}</head><p>after`
    expect(settingsSeenBy(html)).toEqual(settings)
    expect(inlineScriptsIn(html)).toHaveLength(1)
    expect(elementsIn(html, 'p')).toHaveLength(1)
    expect(elementsIn(html, 'img').concat(elementsIn(html, 'svg'))).toEqual([])
  })

  test('does not set a prototype', () => {
    const settings = JSON.parse('{"__proto__":{"polluted":true},"kept":1}')
    const window = runScripts(renderSnippet({ ...parts, json: renderJson(settings) }))
    expect((window['hsConversationsSettings'] as { polluted?: unknown }).polluted).toBeUndefined()
    expect(window['hsConversationsSettings']).toMatchObject({ kept: 1 })
  })

  const identified = { identificationEmail: 'ann@example.com', identificationToken: 'tok' }

  test('merges into the settings that the page has, over older ones of the same name', () => {
    const html = renderSnippet({ ...parts, json: renderJson({ ...identified, loadImmediately: false }) })
    const before = 'window.hsConversationsSettings = { avoidInlineStyles: true, loadImmediately: true }'
    expect(settingsSeenBy(html, before)).toEqual({ ...identified, avoidInlineStyles: true, loadImmediately: false })
  })

  test.each([
    [
      'user HTML with that id',
      'class HTMLElement { identificationEmail = "x"; loadImmediately = 1 }; window.hsConversationsSettings = new HTMLElement()'
    ],
    ['a list', 'window.hsConversationsSettings = [1]'],
    ['a string', 'window.hsConversationsSettings = "x"'],
    ['null', 'window.hsConversationsSettings = null']
  ])('ignores %s', (_name, before) => {
    expect(settingsSeenBy(renderSnippet({ ...parts, json: renderJson(identified) }), before)).toEqual(identified)
  })

  test("removes another user's identity if this page has none", () => {
    const html = renderSnippet({ ...parts, json: renderJson({ avoidInlineStyles: true }) })
    const before = `window.hsConversationsSettings = ${JSON.stringify(identified)}`
    expect(settingsSeenBy(html, before)).toEqual({ avoidInlineStyles: true })
  })

  test('prints nothing without settings and without a portal', () => {
    expect(renderSnippet({ ...parts, json: renderJson({}) })).toBe('')
  })

  test.each([
    ['na1', 'https://js.hs-scripts.com/12345.js'],
    ['eu1', 'https://js-eu1.hs-scripts.com/12345.js'],
    ['ap1', 'https://js-ap1.hs-scripts.com/12345.js']
  ])("loads HubSpot's script after the settings, from the host of %s", (region, src) => {
    const loader = { ...parts, loaderUrl: loaderUrl({ portalId: '12345', region, baseUrl: hubspot }) }
    const html = renderSnippet({ ...loader, json: renderJson(identified) })
    const scripts = elementsIn(html, 'script').map(attributesOf)
    expect(scripts).toEqual([{}, { src, id: 'hs-script-loader', async: '', defer: '' }])
    expect(renderSnippet({ ...loader, json: renderJson({}) })).toContain(src)
  })

  test('puts the nonce on every script', () => {
    const html = renderSnippet({
      json: renderJson(identified),
      nonce: 'abc+/_-123==',
      loaderUrl: 'https://x.test/1.js'
    })
    expect(elementsIn(html, 'script').map((script) => attributesOf(script)['nonce'])).toEqual([
      'abc+/_-123==',
      'abc+/_-123=='
    ])
  })
})
