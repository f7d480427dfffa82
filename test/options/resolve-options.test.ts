// The options: every default, and the message for each invalid value, which never contains the value.
import { Agent } from 'node:http'
import { inspect } from 'node:util'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import supertest from 'supertest'
import {
  HubSpotIdentificationError,
  type HubSpotIdentificationOptions,
  hubspotIdentification
} from '../../lib/index.js'
import { resolveOptions } from '../../lib/options/resolve-options.js'

const SECRET = 'pat-na1-planted-secret'

/** The options with a fixed default. */
const DEFAULTS = {
  requireVerified: false,
  session: true,
  maxWaitMs: 1000,
  timeoutMs: 5000,
  retries: 2,
  renewBeforeMs: 60 * 60 * 1000,
  tokenLifetimeMs: 12 * 60 * 60 * 1000,
  cache: { maxEntries: 10_000 },
  apiVersion: '2026-09',
  baseUrl: new URL('https://api.hubapi.com'),
  region: 'na1',
  settings: {},
  autoInsert: false,
  sessionKey: 'hubspot',
  localsKey: 'hubspot',
  forgetOnLogout: true,
  onError: expect.any(Function)
}

const OPTIONAL_KEYS = [
  ...Object.keys(DEFAULTS),
  ...['account', 'visitor', 'visitorKey', 'skip', 'rateLimiter', 'fetch', 'agent', 'portalId', 'nonce']
]

/** Resolves options that are invalid on purpose. */
function resolve(options: unknown) {
  return resolveOptions(options as HubSpotIdentificationOptions)
}

/** The error for these options. Checks that no part of it contains the planted secret. */
function errorOf(options: unknown): HubSpotIdentificationError {
  try {
    resolve(options)
  } catch (error) {
    if (!(error instanceof HubSpotIdentificationError)) throw error
    expect(error.code).toBe('ERR_OPTIONS_INVALID')
    expect(error.hint).not.toBe('')
    expect(error.message).toContain(error.hint)
    expect(`${error.stack} ${JSON.stringify(error)}`).not.toContain('planted')
    return error
  }
  throw new Error('The options were accepted.')
}

function errorWith(options: Record<string, unknown>): HubSpotIdentificationError {
  return errorOf({ accessToken: SECRET, ...options })
}

describe('defaults', () => {
  test.each([
    ['an access token alone', { accessToken: SECRET }],
    [
      'every other option explicitly undefined',
      { accessToken: SECRET, ...Object.fromEntries(OPTIONAL_KEYS.map((key) => [key, undefined])) }
    ],
    ['an object without a prototype', Object.assign(Object.create(null), { accessToken: SECRET })]
  ])('are those of the table for %s', (_name, options) => {
    const { accessToken, account, ...rest } = resolve(options)
    expect(accessToken).toBe(SECRET)
    expect(account).toMatch(/^[\w-]{43}$/)
    expect(rest).toEqual(DEFAULTS)
  })

  test('fill in an empty or half-filled cache', () => {
    expect(resolve({ accessToken: SECRET, cache: {} }).cache).toEqual({ maxEntries: 10_000 })
    expect(resolve({ accessToken: SECRET, cache: { maxEntries: undefined } }).cache).toEqual({ maxEntries: 10_000 })
  })

  test('determine the account by portal, else by access token, and by host', () => {
    const accountOf = (options: object) => resolve({ accessToken: SECRET, ...options }).account
    expect(accountOf({})).toBe(accountOf({}))
    expect(accountOf({})).not.toBe(accountOf({ accessToken: 'another' }))
    expect(accountOf({ portalId: 1 })).toBe(accountOf({ portalId: '1', accessToken: 'another' }))
    expect(accountOf({ portalId: 1 })).not.toBe(accountOf({ portalId: 2 }))
    expect(accountOf({ portalId: 1, account: 'x' })).toBe(accountOf({ portalId: 2, account: 'x' }))
    expect(accountOf({ account: 'x' })).not.toBe(accountOf({ account: 'x', baseUrl: 'https://other.example' }))
    expect(accountOf({})).not.toContain(SECRET)
  })
})

describe('a value that is no options object', () => {
  test.each([
    ['nothing', undefined, 'got undefined'],
    ['null', null, 'got null'],
    ['the access token itself', SECRET, 'got a string'],
    ['an array', [SECRET], 'got an array']
  ])('is refused: %s', (_name, options, said) => {
    expect(errorOf(options).message).toContain(said)
  })

  test('is explained if the factory itself was mounted', async () => {
    const app = express()
    app.use(hubspotIdentification as unknown as express.RequestHandler)
    app.use((error: Error, _req: express.Request, res: express.Response, _next: express.NextFunction) => {
      res.status(500).send(error.message)
    })
    const { text } = await supertest(app).get('/').expect(500)
    expect(text).toBe(
      'hubspotIdentification was given a request. Call it once: app.use(hubspotIdentification({ accessToken })).'
    )
  })
})

describe('options that cannot be read', () => {
  const fail = (): never => {
    throw Object.assign(new TypeError('planted'), { code: 'EPLANNED' })
  }
  const revoked = () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  }
  const failing = (name: string) => Object.defineProperty({}, name, { get: fail, enumerable: true })

  test.each([
    ['a getter that throws', Object.defineProperty({ accessToken: SECRET }, 'portalId', { get: fail })],
    ['a getter that throws for the access token', failing('accessToken')],
    ['a getter that throws in cache', { accessToken: SECRET, cache: failing('maxEntries') }],
    ['a store with a getter that throws', { accessToken: SECRET, cache: { store: failing('get') } }],
    ['a getter that throws in settings', { accessToken: SECRET, settings: failing('planned') }],
    ['a getter that throws deep in settings', { accessToken: SECRET, settings: { a: failing('planned') } }],
    ['a proxy that throws', new Proxy({}, { get: fail })],
    ['a proxy that throws for its keys', new Proxy({ accessToken: SECRET }, { ownKeys: fail })],
    ['a revoked proxy', revoked()],
    ['a revoked proxy in settings', { accessToken: SECRET, settings: { planned: revoked() } }]
  ])('are refused without quoting what was thrown: %s', (_name, options) => {
    const error = errorOf(options)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('planted')
    expect(error.message).toMatch(/The options cannot be read|"settings/)
  })

  test('keep name and code of the cause', () => {
    expect(errorOf(failing('accessToken')).cause).toMatchObject({ name: 'TypeError', code: 'EPLANNED' })
  })

  test.each([
    ['an error of ours', new HubSpotIdentificationError({ code: 'ERR_REJECTED', message: 'planted', hint: 'planted' })],
    ['a proxy that cannot be looked at', revoked()],
    ['nothing', undefined]
  ])('are reported in our own words if a getter throws %s', (_name, thrown) => {
    const get = () => {
      throw thrown
    }
    expect(errorOf(Object.defineProperty({}, 'accessToken', { get })).message).toContain('The options cannot be read')
  })

  test('may fail when the message is made', () => {
    let reads = 0
    const cache = {
      get maxEntries() {
        return reads++ === 0 ? 'wrong' : fail()
      }
    }
    expect(errorWith({ cache }).message).toContain('The options cannot be read')
  })
})

describe('accessToken', () => {
  test.each([
    ['left out', {}, 'missing'],
    ['undefined, as an unset environment variable is', { accessToken: undefined }, 'missing'],
    ['empty, as an unset variable in a file is', { accessToken: '' }, 'empty'],
    ['blank', { accessToken: '  \n' }, 'empty'],
    ['the word that an assigned undefined becomes', { accessToken: 'undefined' }, 'empty']
  ])('is reported as an unset environment variable if it is %s', (_name, options, state) => {
    const { message } = errorOf(options)
    expect(message).toContain(`Option "accessToken" is ${state}.`)
    // Only once.
    expect(message.split('HUBSPOT_ACCESS_TOKEN')).toHaveLength(2)
  })

  test.each([
    ['null', null],
    ['a number', 42],
    ['an object', { planted: SECRET }],
    ['a whole header', `Bearer ${SECRET}`],
    ['with a line break', `${SECRET}\r\nx-planted: 1`],
    ['with a character beyond ASCII', `${SECRET}\u00e9`]
  ])('is refused: %s', (_name, accessToken) => {
    const { message } = errorOf({ accessToken })
    expect(message).toContain('Option "accessToken" is not valid')
    expect(message).toContain('a non-empty string of visible ASCII characters')
  })

  test('is trimmed, for one that was read from a file', () => {
    expect(resolve({ accessToken: `${SECRET}\n` }).accessToken).toBe(SECRET)
  })

  test('may be a function if the account is named', () => {
    const accessToken = () => SECRET
    expect(errorOf({ accessToken }).message).toContain('Set "portalId", or "account"')
    expect(resolve({ accessToken, portalId: 1 }).accessToken).toBe(accessToken)
    expect(resolve({ accessToken, account: 'a' }).accessToken).toBe(accessToken)
  })
})

describe('unknown options', () => {
  test.each([
    [{ portalID: 1 }, 'Unknown option "portalID". Did you mean "portalId"?'],
    [{ AUTOINSERT: true }, 'Did you mean "autoInsert"?'],
    [{ maxWaitMS: 1 }, 'Did you mean "maxWaitMs"?'],
    [{ visiter: () => null }, 'Did you mean "visitor"?'],
    [{ timeout: 1 }, 'Did you mean "timeoutMs"?'],
    [{ cache: { maxEntrys: 1 } }, 'Unknown option "cache.maxEntrys". Did you mean "cache.maxEntries"?'],
    [{ cache: { Store: {} } }, 'Did you mean "cache.store"?'],
    [{ cache: { somethingElse: 1 } }, 'The options are maxEntries, store.']
  ])('are reported with the most similar name: %p', (options, said) => {
    expect(errorWith(options).message).toContain(said)
  })

  test('are not all listed for a store given as cache', () => {
    class Store {
      readonly _planted = 1
      get() {}
    }
    for (const cache of [new Store(), new Map()]) {
      expect(errorWith({ cache }).message).toBe(
        'Option "cache" is not valid: got an object. "cache" takes a plain object { maxEntries, store }.'
      )
    }
  })

  test('that resemble none are reported with the list of options, once', () => {
    expect(errorWith({ cache: { aaaaaaaa: 1, bbbbbbbb: 2 } }).message.match(/The options are/g)).toHaveLength(1)
  })

  test('that resemble none are reported with the list of options', () => {
    const { message } = errorWith({ completelyDifferent: SECRET })
    expect(message).toContain('The options are accessToken, account, visitor')
    expect(message).not.toContain('cache.')
  })

  test('are all named in one message', () => {
    const { message } = errorWith({ retry: 1, regoin: 'eu1', autoInsert: 'yes' })
    for (const name of ['"retry", "regoin"', '"retries"', '"region"', 'Option "autoInsert"'])
      expect(message).toContain(name)
  })

  test('are reported instead of a missing access token, if that is misspelt', () => {
    const { message } = errorOf({ acessToken: SECRET })
    expect(message).toBe('Unknown option "acessToken". Did you mean "accessToken"?')
  })

  test('are refused even with the value undefined', () => {
    expect(errorWith({ unknownOption: undefined }).message).toContain('"unknownOption"')
  })
})

describe('invalid values', () => {
  const planted = 'planted'
  test.each([
    ['account', ['', 1, null, [planted]]],
    ['visitor', ['email', {}, null, { email: planted }]],
    ['skip', [true, null, planted]],
    ['maxWaitMs', [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '1000', null]],
    ['timeoutMs', [0, -1, 0.5, 2 ** 31, '5000', null]],
    ['retries', [-1, 11, 1.5, '2', null]],
    ['renewBeforeMs', [-1, 0.1, planted, null]],
    ['tokenLifetimeMs', [0, Number.NaN, planted, null]],
    ['cache', [null, 1, planted, [], () => planted]],
    ['cache.maxEntries', [0, -1, 1.5, 10_000_001, Number.MAX_SAFE_INTEGER, '10', null]],
    ['cache.store', [null, planted, {}, { get() {}, set() {} }, new Map().get]],
    ['rateLimiter', [null, {}, planted, () => planted]],
    ['apiVersion', ['', '.', '..', 'v3/../../oauth', '../v3', 'v3?x=planted', 'v3#', '%2e%2e', 'v 3', 3, null]],
    ['fetch', [planted, {}, null]],
    ['agent', [planted, {}, null, () => planted]],
    ['portalId', ['', 'abc', '12a', '../1', '1"><script>', 0, -1, 1.5, Number.NaN, 1e21, null, '1'.repeat(21), '１２']],
    ['region', ['', 'NA1', 'eu', 'evil.example/', 'na1.evil', 'eu1\n', 1, null]],
    ['nonce', ['abc', null, {}]],
    ['autoInsert', ['true', 1, null]],
    ['visitorKey', ['id', {}, null]],
    ['requireVerified', ['true', 1, null]],
    ['session', [{}, 1, null]],
    ['sessionKey', ['', 1, null]],
    ['localsKey', ['', 1, null]],
    ['forgetOnLogout', ['false', 0, null]],
    ['onError', ['planted', null, {}]]
  ])('of %s are refused with the name and what the option takes', (key, values) => {
    for (const value of values as unknown[]) {
      const [outer = '', inner] = key.split('.')
      const { message } = errorWith({ [outer]: inner ? { [inner]: value } : value })
      expect(message).toContain(`Option "${key}" is not valid: got `)
      expect(message).toContain(`"${key}" takes `)
    }
  })

  test('are described by their type', () => {
    const kindOf = (retries: unknown) => /got ([^.]+)\./.exec(errorWith({ retries }).message)?.[1]
    expect([null, '', 'x', 1.5, 99, [], {}, true, () => 1].map(kindOf)).toEqual([
      'null',
      'an empty string',
      'a string',
      'a number that is not whole',
      'a number out of range',
      'an array',
      'an object',
      'a boolean',
      'a function'
    ])
  })
})

describe('valid values', () => {
  test('are kept unchanged', () => {
    const given = {
      accessToken: SECRET,
      visitor: () => null,
      skip: () => false,
      maxWaitMs: 0,
      timeoutMs: 1,
      retries: 0,
      renewBeforeMs: 0,
      tokenLifetimeMs: 1,
      cache: { maxEntries: 1, store: new Map() },
      rateLimiter: { consume: async () => undefined },
      apiVersion: 'v3',
      fetch: async () => new Response(),
      agent: new Agent(),
      region: 'eu1',
      nonce: () => undefined,
      autoInsert: true,
      sessionKey: 'chat',
      localsKey: 'chat',
      forgetOnLogout: false,
      onError: () => undefined
    }
    expect(resolve(given)).toMatchObject(given)
    given.agent.destroy()
  })

  test.each([
    [12345, '12345'],
    ['12345', '12345'],
    [' 12345\n', '12345']
  ])('of portalId become digits: %p', (portalId, digits) => {
    expect(resolve({ accessToken: SECRET, portalId }).portalId).toBe(digits)
  })

  test('are frozen copies, so that later changes by the app have no effect', () => {
    const settings = { nested: { list: ['a'] }, avoidInlineStyles: true }
    const given = { accessToken: SECRET, maxWaitMs: 5, settings, cache: { maxEntries: 3 } }
    const resolved = resolve(given)
    given.maxWaitMs = 9
    given.cache.maxEntries = 9
    settings.nested.list.push('b')
    settings.avoidInlineStyles = false
    expect(resolved).toMatchObject({
      maxWaitMs: 5,
      cache: { maxEntries: 3 },
      settings: { nested: { list: ['a'] }, avoidInlineStyles: true }
    })
    expect(Object.isFrozen(resolved)).toBe(true)
    expect(Object.isFrozen(resolved.settings)).toBe(true)
    expect(Object.isFrozen(resolved.settings['nested'])).toBe(true)
  })
})

describe('baseUrl', () => {
  test.each([
    'https://api.hubapi.com',
    'https://api-eu1.hubapi.com/',
    'https://proxy.example.com:8443/hubspot',
    'http://localhost:3000',
    'http://LOCALHOST',
    'http://127.0.0.1:9',
    'http://127.1',
    'http://0x7f.1',
    'http://2130706433',
    'http://[::1]:80',
    'http://[0:0:0:0:0:0:0:1]'
  ])('takes %s', (baseUrl) => {
    expect(resolve({ accessToken: SECRET, baseUrl }).baseUrl.href).toBe(new URL(baseUrl).href)
  })

  test.each([
    'http://api.hubapi.com',
    'http://localhost.evil.com',
    'http://localhost@evil.com',
    'http://127.0.0.1.evil.com',
    'http://127.0.0.1@evil.com',
    'http://128.0.0.1',
    'http://0.0.0.0',
    'http://[::2]',
    'http://evil.com#localhost',
    'https://user:planted@api.hubapi.com',
    'https://planted@api.hubapi.com',
    'https://api.hubapi.com?planted=1',
    'https://api.hubapi.com?',
    'https://api.hubapi.com#planted',
    'https://api.hubapi.com#',
    'ftp://localhost',
    'file:///etc/passwd',
    'javascript:planted',
    'api.hubapi.com',
    '//api.hubapi.com',
    ''
  ])('refuses %s', (baseUrl) => {
    const { message } = errorWith({ baseUrl })
    expect(message).toContain('Option "baseUrl" is not valid')
    expect(message).toContain('an https URL without credentials, query or hash')
  })

  test('refuses values that are no strings', () => {
    expect(errorWith({ baseUrl: new URL('https://api.hubapi.com') }).message).toContain(
      '"baseUrl" is not valid: got an object'
    )
  })
})

describe('sessionKey and localsKey', () => {
  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'refuse %s, a property of every object',
    (name) => {
      expect(errorWith({ sessionKey: name }).message).toContain('Option "sessionKey"')
      expect(errorWith({ localsKey: name }).message).toContain('Option "localsKey"')
    }
  )

  test.each(['cookie', 'id', 'req', 'save', 'reload', 'destroy', 'regenerate', 'touch', 'passport'])(
    'refuse %s, a property of sessions',
    (sessionKey) => {
      expect(errorWith({ sessionKey }).message).toContain('req.session')
    }
  )

  test.each(['settings', '_locals', 'cache', 'filename', 'layout', 'cspNonce', 'client', 'delimiter', 'self'])(
    'refuse %s, which Express or a view engine reads from the locals',
    (localsKey) => {
      expect(errorWith({ localsKey }).message).toContain('res.locals')
    }
  )
})

describe('the message', () => {
  test.each([
    [{ account: 12345 }, 'got a number.'],
    [{ apiVersion: 3 }, 'got a number.'],
    [{ maxWaitMs: -1 }, 'got a number out of range.'],
    [{ maxWaitMs: 1.5 }, 'got a number that is not whole.'],
    [{ account: '' }, 'got an empty string.']
  ])('for %j describes what was given', (options, said) => {
    expect(errorWith(options).message).toContain(said)
  })
})

describe('settings', () => {
  test('keep nested JSON, and leave out what is undefined', () => {
    const settings = { a: { b: [1, 'two', true, { c: '</script>' }] }, left: undefined, loadImmediately: false }
    expect(resolve({ accessToken: SECRET, settings }).settings).toEqual({ a: settings.a, loadImmediately: false })
  })

  test.each(['identificationEmail', 'identificationToken'])('refuse %s', (key) => {
    const { message } = errorWith({ settings: { [key]: 'planted@example.com' } })
    expect(message).toContain(`Option "settings.${key}" is refused.`)
    expect(message).toContain('leave the key out')
  })

  const circular: Record<string, unknown> = {}
  circular['self'] = circular
  let looks = 0
  test.each([
    ['null', null],
    ['null inside', { bar: null }],
    ['null in a list', [null]],
    ['null deep inside', { a: [{ b: [1, { c: null }] }] }],
    [
      'null that a getter gives at the second read only',
      {
        get bar() {
          return ++looks % 2 ? 'x' : null
        }
      }
    ],
    ['a function', () => 'planted'],
    ['a function inside', { a: [() => 'planted'] }],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a date', new Date()],
    ['a bigint', 1n],
    ['a symbol', Symbol('planted')],
    ['a circle', circular]
  ])('refuse %s as a value, naming its key', (_name, value) => {
    const { message } = errorWith({ settings: { planned: value } })
    expect(message).toContain('Option "settings.planned"')
    expect(message).toContain('JSON values and no null')
  })

  test('refuse the key __proto__', () => {
    expect(errorWith({ settings: JSON.parse('{"__proto__":{"planted":1}}') }).message).toContain('settings.__proto__')
  })

  test.each([
    ['loadImmediately', 'true', 'true or false'],
    ['inlineEmbedSelector', true, 'a CSS selector'],
    ['enableWidgetCookieBanner', 'planted', "'ON_WIDGET_LOAD'"],
    ['disableAttachment', 1, 'true or false'],
    ['disableInitialInputFocus', 'no', 'true or false'],
    ['avoidInlineStyles', {}, 'true or false'],
    ['hideNewThreadLink', [], 'true or false']
  ])('have the types that the widget requires: %s', (key, wrong, expected) => {
    const { message } = errorWith({ settings: { [key]: wrong, somethingNew: wrong } })
    expect(message).toContain(`Option "settings.${key}" is not valid`)
    expect(message).toContain(
      `"settings.${key}" takes ${expected === "'ON_WIDGET_LOAD'" ? 'true, false, ' : ''}${expected}`
    )
    expect(message).not.toMatch(/somethingNew|planted/)
  })

  test.each([true, false, 'ON_WIDGET_LOAD', 'ON_EXIT_INTENT'])(
    'take %j for the cookie banner',
    (enableWidgetCookieBanner) => {
      const settings = { enableWidgetCookieBanner, inlineEmbedSelector: '' }
      expect(resolve({ accessToken: SECRET, settings } as never).settings).toEqual(settings)
    }
  )

  test.each([
    ['null', null],
    ['an array', []],
    ['a string', 'planted'],
    ['an instance', new Map()]
  ])('are a plain object, not %s', (_name, settings) => {
    expect(errorWith({ settings }).message).toContain('Option "settings" is not valid')
  })

  test('may have no prototype', () => {
    const settings = Object.assign(Object.create(null), { avoidInlineStyles: true })
    expect(resolve({ accessToken: SECRET, settings }).settings).toEqual({ avoidInlineStyles: true })
  })

  test('may come from another realm, as in Jest', () => {
    const settings = runInNewContext('({ avoidInlineStyles: true })') as object
    expect(resolve({ accessToken: SECRET, settings }).settings).toEqual({ avoidInlineStyles: true })
  })
})
