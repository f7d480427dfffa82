// cspDirectives(): the hosts of the chat by region, and nothing else.
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { type CspDirectives, cspDirectives, HubSpotIdentificationError } from '../../lib/index.js'
import { loaderHost } from '../../lib/page/loader.js'

const sources = (directives: CspDirectives) => Object.values(directives).flat()

describe('cspDirectives()', () => {
  test('is for the region na1 by default', () => {
    expect(cspDirectives()).toEqual(cspDirectives({ region: 'na1' }))
    expect(cspDirectives({})).toEqual(cspDirectives({ region: undefined }))
  })

  test.each(['na1', 'eu1', 'ap1'])("has the host of the chat's script in %s", (region) => {
    expect(cspDirectives({ region }).scriptSrc).toContain(`https://${loaderHost(region)}`)
  })

  test.each(['na1', 'eu1', 'na2'])(
    'has only hosts, each once: no keyword, no scheme alone, no bare wildcard (%s)',
    (region) => {
      for (const list of Object.values(cspDirectives({ region }))) {
        expect(new Set(list).size).toBe(list.length)
        for (const source of list) expect(source).toMatch(/^(https|wss):\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/)
      }
    }
  )

  test('has only the hosts of the region', () => {
    const regional = sources(cspDirectives({ region: 'eu1' })).filter((source) => /usemessages|hs-scripts/.test(source))
    expect(regional).toEqual(['https://js-eu1.hs-scripts.com', 'https://js-eu1.usemessages.com'])
  })

  test('has the form that helmet takes, in a new object for every call', () => {
    expect(Object.keys(cspDirectives())).toEqual(['scriptSrc', 'connectSrc', 'frameSrc', 'imgSrc', 'styleSrc'])
    cspDirectives().scriptSrc.push("'unsafe-inline'")
    expect(cspDirectives().scriptSrc).not.toContain("'unsafe-inline'")
  })

  test.each(['', "eu1; script-src 'unsafe-inline'", 'eu1.evil.com', 'EU1', null, 5])(
    'refuses the region %j',
    (region) => {
      expect(() => cspDirectives({ region: region as string })).toThrow(
        expect.objectContaining({ code: 'ERR_OPTIONS_INVALID', hint: expect.stringContaining('"region"') })
      )
    }
  )

  test.each([
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://127.1.2.3:4010/', 'http://127.1.2.3:4010'],
    ['http://localhost:4010/under/a/path', 'http://localhost:4010'],
    ['https://localhost', 'https://localhost'],
    ['http://[::1]:4010', 'http://[::1]:4010']
  ])('has the origin of %s, and no host of HubSpot', (baseUrl, origin) => {
    expect(cspDirectives({ region: 'eu1', baseUrl })).toEqual({
      scriptSrc: [origin],
      connectSrc: [origin],
      frameSrc: [origin],
      imgSrc: [origin],
      styleSrc: [origin]
    })
  })

  test.each([
    undefined,
    'https://api.hubapi.com',
    'https://127.0.0.1.example.com',
    'https://proxy.example.com/hubspot'
  ])('is the one of the region with the baseUrl %s', (baseUrl) => {
    expect(cspDirectives({ region: 'eu1', baseUrl })).toEqual(cspDirectives({ region: 'eu1' }))
  })

  test.each([
    '',
    'http://example.com',
    'http://u:p@127.0.0.1',
    'http://127.0.0.1; script-src *',
    'http://127.0.0.1/?x',
    null,
    5
  ])('refuses the baseUrl %j', (baseUrl) => {
    expect(() => cspDirectives({ baseUrl: baseUrl as string })).toThrow(
      expect.objectContaining({ code: 'ERR_OPTIONS_INVALID', hint: expect.stringContaining('"baseUrl"') })
    )
  })

  test.each([['eu1'], [null], [{ Region: 'eu1' }], [[]]])(
    'refuses %j, which could be taken for no options',
    (options) => {
      expect(() => cspDirectives(options as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTIONS_INVALID' }))
    }
  )

  test('reports options whose getters throw without quoting them', () => {
    const fail = () => {
      throw new TypeError('planted')
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const all = [
      Object.defineProperty({}, 'region', { get: fail, enumerable: true }),
      new Proxy({ region: 'eu1' }, { get: fail }),
      new Proxy({}, { ownKeys: fail }),
      proxy
    ]
    for (const options of all) {
      let thrown: unknown
      try {
        cspDirectives(options)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(HubSpotIdentificationError)
      expect(thrown).toMatchObject({ code: 'ERR_OPTIONS_INVALID', cause: { name: 'TypeError' } })
      expect((thrown as Error).message).toContain('cspDirectives: the options cannot be read. Write cspDirectives(')
      expect(inspect(thrown, { depth: 9, showHidden: true })).not.toContain('planted')
    }
  })

  test.each([
    [{ Region: 'eu1' }, 'option "Region" is not valid. Write cspDirectives({ region, baseUrl })'],
    [
      { region: 'EU1' },
      'option "region" is not valid. Write cspDirectives({ region, baseUrl }); "region" takes a region in lower case'
    ],
    [
      { baseUrl: 'http://secret.example.com' },
      'option "baseUrl" is not valid. Write cspDirectives({ region, baseUrl })'
    ],
    ['eu1', 'the options must be an object.']
  ])('says what is wrong with %j', (options, said) => {
    expect(() => cspDirectives(options as never)).toThrow(said)
  })
})
