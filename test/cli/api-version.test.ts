// The check of the API version on different dates, and which versions may be printed.
import { describe, expect, test } from '@jest/globals'
import { checkApiVersion, mayBeRepeated } from '../../lib/cli/api-version.js'

describe('checkApiVersion', () => {
  test.each([
    ['2026-09', '2026-11-20', 'ok', "HubSpot's current one, supported to about March 2028"],
    ['2026-09', '2027-04-01', 'ok', '2026-09 is supported to about March 2028'],
    ['2026-09', '2027-10-01', 'warning', 'supported only to about March 2028'],
    ['2026-09', '2028-03-31', 'warning', 'supported only to about March 2028'],
    ['2026-09', '2028-04-01', 'warning', 'unsupported since about March 2028'],
    ['2026-03', '2026-11-20', 'ok', 'supported to about September 2027'],
    ['2026-03', '2027-03-01', 'warning', 'supported only to about September 2027'],
    ['v3', '2026-11-20', 'ok', 'supported to about September 2027'],
    ['v3', '2027-10-01', 'warning', 'unsupported since about September 2027'],
    ['2027-03', '2026-11-20', 'warning', 'not known to this release'],
    ['constructor', '2026-11-20', 'warning', 'not known to this release']
  ])('%s on %s is %s', (version, today, status, words) => {
    const check = checkApiVersion(version, Date.parse(today))
    expect(check).toMatchObject({ id: 'api-version', status, message: expect.stringContaining(words) })
    expect(check.hint === undefined).toBe(status === 'ok')
  })

  test('the hint is to use the newest version, or, for the newest one, to update the package', () => {
    expect(checkApiVersion('v3', Date.UTC(2028, 0)).hint).toContain('2026-09')
    expect(checkApiVersion('2026-09', Date.UTC(2028, 0)).hint).toContain('Update express-hubspot-identification')
  })

  test('a value that does not have the format of a version is not printed', () => {
    const { message, hint } = checkApiVersion('pat-na1-secret', Date.UTC(2026, 10))
    expect(message).toMatch(/^This API version is not known to this release/)
    expect(message + hint).not.toContain('pat-na1')
  })
})

describe('mayBeRepeated', () => {
  test.each(['v1', 'v3', 'v10', '2026-09', '2027-03', '2026-09-beta'])('%s may be printed', (version) => {
    expect(mayBeRepeated(version)).toBe(true)
  })

  test.each(['pat-na1-x', 'v3-secret', 'v123', '2026-09-pat', '2026-09\n', 'x2026-09', '2026', '', 'V3'])(
    '%j may not be printed',
    (version) => {
      expect(mayBeRepeated(version)).toBe(false)
    }
  )
})
