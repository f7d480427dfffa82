// The snippet's script in every state of the page, without a browser; snippet.test.ts runs it in a real one.
import { describe, expect, test } from '@jest/globals'
import { INLINE_SCRIPT } from '../../lib/page/browser-code.js'
import { createPage } from './inline-page.js'

const ANN = { identificationEmail: 'ann@example.com', identificationToken: 'ann-1' }
const BOB = { identificationEmail: 'bob@example.com', identificationToken: 'bob-1' }
const asGlobal = (settings: object): string => `window.hsConversationsSettings = ${JSON.stringify(settings)}`
const LOADED = { loaded: true, pending: false }
const IDLE = { loaded: false, pending: false }

describe('the settings of the page', () => {
  test('are created when there are none', () => {
    const page = createPage()
    page.run({ ...ANN, hideNewThreadLink: true })
    expect(page.read('hsConversationsSettings')).toEqual({ ...ANN, hideNewThreadLink: true })
  })

  test('keep the values of the page; for the same name the value of the server counts', () => {
    const page = createPage({ before: asGlobal({ loadImmediately: false, disableAttachment: false }) })
    page.run({ ...ANN, disableAttachment: true })
    expect(page.read('hsConversationsSettings')).toEqual({ ...ANN, loadImmediately: false, disableAttachment: true })
  })

  test('lose an earlier identity when the server gives none', () => {
    const page = createPage({ before: asGlobal({ ...ANN, loadImmediately: false }) })
    page.run({})
    expect(page.read('hsConversationsSettings')).toEqual({ loadImmediately: false })
  })

  test.each([
    ['only an email', { identificationEmail: 'ann@example.com' }],
    ['only a token', { identificationToken: 'ann-1' }],
    ['an empty token', { ...ANN, identificationToken: '' }],
    ['null for both', { identificationEmail: null, identificationToken: null }]
  ])('hold no identity when the server gives %s', (_, settings) => {
    const page = createPage({ before: asGlobal(BOB) })
    page.run(settings)
    expect(page.read('hsConversationsSettings')).toEqual({})
  })

  test.each([
    'null',
    '"text"',
    '[1]',
    'Object.create({ identificationEmail: "evil@example.com" })',
    'new (class Element { identificationEmail = "evil@example.com" })()'
  ])('are not taken from %s', (value) => {
    const page = createPage({ before: `window.hsConversationsSettings = ${value}` })
    page.run({ hideNewThreadLink: true })
    expect(page.read('hsConversationsSettings')).toEqual({ hideNewThreadLink: true })
  })

  test('cannot change a prototype by an own __proto__ key, on either side', () => {
    const page = createPage({
      before: `window.hsConversationsSettings = JSON.parse('{"__proto__":{"polluted":1},"disableAttachment":true}')`
    })
    page.run('{"__proto__":{"polluted":2},"hideNewThreadLink":true}')
    expect(page.read('hsConversationsSettings')).toEqual({ disableAttachment: true, hideNewThreadLink: true })
    expect(page.read('[{}.polluted, Object.getPrototypeOf(hsConversationsSettings) === Object.prototype]')).toEqual([
      null,
      true
    ])
  })

  test('may have names that every object inherits, such as `constructor`', () => {
    const page = createPage({ before: asGlobal({ constructor: 0, disableAttachment: true }) })
    page.run({ ...ANN, toString: 1 })
    expect(page.read('hsConversationsSettings')).toEqual({
      constructor: 0,
      disableAttachment: true,
      ...ANN,
      toString: 1
    })
  })

  test('are the only global that the script creates', () => {
    const page = createPage()
    const names = 'Object.getOwnPropertyNames(window).sort()'
    const before = page.read(names) as string[]
    page.run(ANN)
    expect(page.read(names)).toEqual([...before, 'hsConversationsSettings'].sort())
  })
})

describe('a widget that is already loaded', () => {
  const running = { before: asGlobal(ANN), build: { status: { ...LOADED }, canReload: true } }
  const createRunning = () => createPage({ ...running, build: { ...running.build, status: { ...LOADED } } })

  test('is reset for another person, after the new identity is in the settings', () => {
    const page = createRunning()
    page.run(BOB)
    expect(page.calls).toEqual(['resetAndReloadWidget', 'as bob@example.com'])
  })

  test('is reset when nobody is identified, after the identity is removed from the settings', () => {
    const page = createRunning()
    page.run({})
    expect(page.calls).toEqual(['resetAndReloadWidget', 'as undefined'])
  })

  test('is reset when a guest becomes identified', () => {
    const page = createPage({ build: { status: { ...LOADED }, canReload: true } })
    page.run(ANN)
    expect(page.calls).toEqual(['resetAndReloadWidget', 'as ann@example.com'])
  })

  test('is reset with `clear` if the build has no resetAndReloadWidget', () => {
    const page = createPage({ before: asGlobal(ANN), build: { status: { ...LOADED } } })
    page.run(BOB)
    expect(page.calls).toEqual(['clear {"resetWidget":true}', 'as bob@example.com'])
  })

  test('is loaded again after the reset if the page has `loadImmediately: false`', () => {
    const page = createPage({
      before: asGlobal({ ...ANN, loadImmediately: false }),
      build: { status: { ...LOADED }, canReload: true }
    })
    page.run(BOB)
    expect(page.calls).toEqual(['resetAndReloadWidget', 'as bob@example.com', 'load', 'as bob@example.com'])
  })

  test('is reset also while it is still loading', () => {
    const page = createPage({
      before: asGlobal(ANN),
      build: { status: { loaded: false, pending: true }, canReload: true }
    })
    page.run(BOB)
    expect(page.calls[0]).toBe('resetAndReloadWidget')
  })

  test('is reset with the documented `clear` for a new token of the same person', () => {
    const page = createRunning()
    page.run({ ...ANN, identificationToken: 'ann-2' })
    expect(page.calls).toEqual(['clear {"resetWidget":true}', 'as ann@example.com'])
    expect(page.read('hsConversationsSettings.identificationToken')).toBe('ann-2')
  })

  const cookies = (text: string) => `${asGlobal(ANN)};
    class Document { get cookie() { ${text} } }
    var document = new Document()`

  test('is refreshed and not reset for a new token of the same person while its window is open', () => {
    const before = cookies('return "a=1; hs-messages-is-open=true"')
    const page = createPage({ ...running, before, build: { ...running.build, status: { ...LOADED } } })
    page.run({ ...ANN, identificationToken: 'ann-2' })
    expect(page.calls).toEqual(['refresh {"setIdentification":true}', 'as ann@example.com'])
  })

  test('is reset for another person, also while its window is open', () => {
    const before = cookies('return "hs-messages-is-open=true"')
    const page = createPage({ ...running, before, build: { ...running.build, status: { ...LOADED } } })
    page.run(BOB)
    expect(page.calls).toEqual(['resetAndReloadWidget', 'as bob@example.com'])
  })

  test('is reset on a sandboxed page, where reading cookies throws', () => {
    const before = cookies('throw new Error("SecurityError")')
    const page = createPage({ ...running, before, build: { ...running.build, status: { ...LOADED } } })
    page.run(BOB)
    expect(page.calls).toEqual(['resetAndReloadWidget', 'as bob@example.com'])
  })

  test('is reset when the person changes, also if a script of the page has replaced the settings', () => {
    const page = createPage({ build: { status: { ...LOADED }, canReload: true } })
    page.run(ANN)
    page.calls.length = 0
    page.read('window.hsConversationsSettings = { loadImmediately: false }')
    page.run({})
    expect(page.calls.slice(0, 2)).toEqual(['resetAndReloadWidget', 'as undefined'])
  })

  test('is not called when nothing has changed', () => {
    const page = createRunning()
    page.run(ANN)
    expect(page.calls).toEqual([])
  })

  test('is not called when a guest stays a guest', () => {
    const page = createPage({ build: { status: { ...LOADED }, canReload: true } })
    page.run({ hideNewThreadLink: true })
    expect(page.calls).toEqual([])
  })

  test('is reset also if its status has no `pending`', () => {
    const page = createPage({ before: asGlobal(ANN), build: { status: { loaded: false }, canReload: true } })
    page.run(BOB)
    expect(page.calls[0]).toBe('resetAndReloadWidget')
  })
})

describe('a widget that is not loaded yet', () => {
  test('is not called for a first identity: it reads the settings when the page loads it', () => {
    const page = createPage({ before: asGlobal({ loadImmediately: false }), build: { status: { ...IDLE } } })
    page.run(ANN)
    expect(page.calls).toEqual([])
    expect(page.read('hsConversationsSettings')).toEqual({ ...ANN, loadImmediately: false })
  })

  test('is not loaded by a change of person: only the page loads it', () => {
    const page = createPage({
      before: asGlobal({ ...ANN, loadImmediately: false }),
      build: { status: { ...IDLE }, canReload: true }
    })
    page.run(BOB)
    expect(page.calls).not.toContain('load')
  })
})

describe('the script never throws', () => {
  test.each(['null', '"text"', '[]', '42'])('for settings of %s', (json) => {
    const page = createPage()
    expect(() => page.run(json)).not.toThrow()
  })

  test('when a method of the widget throws', () => {
    const page = createPage({ before: asGlobal(ANN), build: { status: { ...LOADED }, canReload: true, throws: true } })
    expect(() => page.run(BOB)).not.toThrow()
    expect(page.read('hsConversationsSettings.identificationEmail')).toBe('bob@example.com')
  })

  test('when the settings cannot be written', () => {
    const page = createPage({ before: 'Object.defineProperty(window, "hsConversationsSettings", { value: 1 })' })
    expect(() => page.run(ANN)).not.toThrow()
  })

  test('when a getter of the old settings throws', () => {
    const page = createPage({ before: 'window.hsConversationsSettings = { get loadImmediately() { throw Error() } }' })
    expect(() => page.run(ANN)).not.toThrow()
  })

  test('when HubSpotConversations is something else', () => {
    const page = createPage({ before: `${asGlobal(ANN)}; window.HubSpotConversations = { widget: 'text' }` })
    expect(() => page.run(BOB)).not.toThrow()
  })
})

test('the script is a function expression that is safe inside a script element', () => {
  expect(INLINE_SCRIPT).toMatch(/^function\s*\(/)
  expect(INLINE_SCRIPT).toMatch(/^[\x20-\x7e]+$/)
  expect(INLINE_SCRIPT).not.toMatch(/<\/|<!--|<script/i)
})
