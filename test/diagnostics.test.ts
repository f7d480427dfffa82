// The console: the default onError, with at most one line a minute for each code; hints, once each, not in production.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import createDebug from 'debug'
import { createConsoleOnError, createHints, createReport } from '../lib/diagnostics.js'
import type { HubSpotIdentificationErrorCode } from '../lib/errors.js'

const MINUTE_MS = 60 * 1000
const PREFIX = 'express-hubspot-identification: '
let nowMs = 1_700_000_000_000
let said: string[]

beforeEach(() => {
  said = []
  jest.spyOn(Date, 'now').mockImplementation(() => nowMs)
  jest.spyOn(console, 'warn').mockImplementation((line) => void said.push(line))
})

afterEach(() => {
  jest.restoreAllMocks()
  process.env['NODE_ENV'] = 'test'
  createDebug.disable()
})

/** Collects the debug logs with this name. */
function listen(name: string): string[] {
  const lines: string[] = []
  const { log } = createDebug
  createDebug.log = (...args: unknown[]) => void lines.push(args.join(' '))
  createDebug.enable(name)
  restore = () => {
    createDebug.log = log
  }
  return lines
}
let restore = () => {}
afterEach(() => restore())

function createTold() {
  const report = createReport(createConsoleOnError())
  return (code: HubSpotIdentificationErrorCode, more: object = {}) =>
    report({ code, message: `What happened. What to do.`, hint: 'What to do.', ...more })
}

describe.each(['production', 'development'])('the default onError in %s', (mode) => {
  beforeEach(() => {
    process.env['NODE_ENV'] = mode
  })

  test('writes one line with code and message', () => {
    createTold()('ERR_FORBIDDEN')
    expect(said).toEqual([`${PREFIX}ERR_FORBIDDEN: What happened. What to do.`])
  })

  test('names the correlation id', () => {
    createTold()('ERR_REJECTED', { correlationId: '3f2a0000-0000-4000-8000-000000000000' })
    expect(said[0]).toContain('correlation id 3f2a0000-0000-4000-8000-000000000000')
  })

  test('writes at most one line a minute for each code', () => {
    const told = createTold()
    for (let times = 0; times < 5; times += 1) told('ERR_UNAVAILABLE')
    told('ERR_RATE_LIMITED')
    nowMs += MINUTE_MS - 1
    told('ERR_UNAVAILABLE')
    expect(said).toHaveLength(2)
    nowMs += 1
    told('ERR_UNAVAILABLE')
    expect(said).toHaveLength(3)
  })

  test('writes again after the clock was set back', () => {
    const told = createTold()
    told('ERR_UNAVAILABLE')
    nowMs -= 60 * MINUTE_MS
    told('ERR_UNAVAILABLE')
    expect(said).toHaveLength(2)
  })

  test('does not throw if the console throws', () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {
      throw new Error('no console')
    })
    expect(() => createTold()('ERR_UNAVAILABLE')).not.toThrow()
  })

  test.each(['express-hubspot-identification', 'hubspot-identification', '*'])(
    'writes every error once to the debug log, with its details, under DEBUG=%s',
    (name) => {
      const lines = listen(name)
      const told = createTold()
      for (let times = 0; times < 3; times += 1)
        told('ERR_UNAVAILABLE', { upstreamStatus: 503, cause: { name: 'FetchError', code: 'ECONNRESET' } })
      expect(lines.filter((line) => line.includes('ERR_UNAVAILABLE'))).toHaveLength(3)
      expect(lines[0]).toContain('"upstreamStatus":503,"cause":"FetchError","causeCode":"ECONNRESET"')
    }
  )
})

describe('hints', () => {
  test('are written once for each cause of an instance', () => {
    const [one, other] = [createHints(), createHints()]
    one.say('late', 'It was late.')
    one.say('late', 'It was late.')
    one.say('escaped', 'It was escaped.')
    other.say('late', 'It was late.')
    expect(said).toEqual([`${PREFIX}It was late.`, `${PREFIX}It was escaped.`, `${PREFIX}It was late.`])
  })

  test('are not written after they were silenced', () => {
    const hints = createHints()
    hints.silence('never-read')
    hints.say('never-read', 'It was never read.')
    expect(said).toEqual([])
  })

  test('are not written in production', () => {
    process.env['NODE_ENV'] = 'production'
    const hints = createHints()
    expect(hints.isEnabled).toBe(false)
    hints.say('late', 'It was late.')
    expect(said).toEqual([])
  })

  test.each(['express-hubspot-identification', 'hubspot-identification'])(
    'are on the debug log in production, under DEBUG=%s',
    (name) => {
      process.env['NODE_ENV'] = 'production'
      const lines = listen(name)
      const hints = createHints()
      expect(hints.isEnabled).toBe(true)
      hints.say('late', 'It was late.')
      expect(lines.join()).toContain('It was late.')
      expect(said).toEqual([])
    }
  )
})
