// The error class: its properties, and which parts of other errors are kept.
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { HubSpotIdentificationError, summarizeCause } from '../lib/errors.js'

const fault = { code: 'ERR_FORBIDDEN', message: 'It happened. Do this.', hint: 'Do this.' } as const

describe('HubSpotIdentificationError', () => {
  test('has code, hint and retryable, and no undefined properties', () => {
    const error = new HubSpotIdentificationError(fault)
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'HubSpotIdentificationError', ...fault, retryable: false })
    for (const key of [
      'upstreamStatus',
      'upstreamCategory',
      'correlationId',
      'cause',
      'status',
      'statusCode',
      'headers'
    ]) {
      expect(key in error).toBe(false)
    }
  })

  test('has status, category and correlation id of HubSpot', () => {
    const said = { retryable: true, upstreamStatus: 403, upstreamCategory: 'MISSING_SCOPES', correlationId: 'id' }
    expect(new HubSpotIdentificationError({ ...fault, ...said })).toMatchObject(said)
  })

  test('has a new cause with name, code and system call', () => {
    const cause = { name: 'FetchError', code: 'ECONNREFUSED', syscall: 'connect' }
    const error = new HubSpotIdentificationError({ ...fault, cause })
    expect(error.cause).toBeInstanceOf(Error)
    expect(error.cause).toMatchObject({ ...cause, message: 'ECONNREFUSED' })
    expect(new HubSpotIdentificationError({ ...fault, cause: { name: 'TypeError' } }).cause).toMatchObject({
      message: 'TypeError'
    })
  })
})

describe('summarizeCause', () => {
  test('keeps name, code and system call of known forms', () => {
    const thrown = Object.assign(new RangeError('secret'), {
      code: 'ENOTFOUND',
      syscall: 'getaddrinfo',
      hostname: 'secret'
    })
    expect(summarizeCause(thrown)).toEqual({ name: 'RangeError', code: 'ENOTFOUND', syscall: 'getaddrinfo' })
    expect(summarizeCause(new DOMException('secret', 'AbortError'))).toMatchObject({ name: 'AbortError' })
  })

  const junk: unknown[] = [
    undefined,
    null,
    'secret',
    5,
    Symbol('secret'),
    { name: 'secret', code: 'secret', syscall: 'secret' },
    { name: 'Secret', code: 5, syscall: {} },
    {
      get name() {
        throw new Error('secret')
      }
    },
    Object.assign(new Error('secret'), { name: 'Secret Error', code: 'SECRET secret' })
  ]
  test('keeps nothing else of any thrown value', () => {
    for (const thrown of junk) {
      expect(inspect(summarizeCause(thrown)).toLowerCase()).not.toContain('secret')
      expect(summarizeCause(thrown).name).toBe('Error')
    }
  })
})
