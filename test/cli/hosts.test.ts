// The hosts that the doctor calls without `--base-url`, and what it sends to each. `fetch` is replaced: there are no real calls.
import { describe, expect, test } from '@jest/globals'
import type { DoctorFetch } from '../../lib/cli/call.js'
import { ACCESS_TOKEN, EMAIL, type Given, type PrintedCheck, runCli } from './run-doctor.js'

/** A `fetch` that records all calls and answers each with the same JSON text. */
function recordingFetch(text: string) {
  const calls: { url: string; method: string; authorization: string | undefined; redirect: string }[] = []
  const fetch: DoctorFetch = async (url, { method, headers, redirect }) => {
    calls.push({ url, method, authorization: headers['authorization'], redirect })
    return new Response(text)
  }
  return { calls, fetch }
}

async function examineWith(given: Given, ...more: string[]) {
  const { stdout } = await runCli(['doctor', '--email', EMAIL, '--json', ...more], given)
  return Object.fromEntries((JSON.parse(stdout) as PrintedCheck[]).map((check) => [check.id, check]))
}

describe('without a base URL', () => {
  test.each([
    [undefined, 'js.hs-scripts.com'],
    ['na1', 'js.hs-scripts.com'],
    ['eu1', 'js-eu1.hs-scripts.com']
  ])("the chat's script for %s is on %s, and only the API gets the credential", async (region, host) => {
    const { calls, fetch } = recordingFetch('{"token":"abc"}')
    const env = { HUBSPOT_ACCESS_TOKEN: ACCESS_TOKEN, HUBSPOT_PORTAL_ID: '42', HUBSPOT_REGION: region }
    const checks = await examineWith({ fetch, env })
    expect(checks['loader']).toMatchObject({ status: 'ok', message: `The chat's script can be loaded from ${host}.` })
    const authorization = `Bearer ${ACCESS_TOKEN}`
    const api = 'https://api.hubapi.com'
    const redirect = 'manual'
    expect(calls).toHaveLength(3)
    expect(calls).toEqual(
      expect.arrayContaining([
        { url: `${api}/visitor-identification/2026-09/tokens/create`, method: 'POST', authorization, redirect },
        { url: `${api}/account-info/v3/details`, method: 'GET', authorization, redirect },
        { url: `https://${host}/42.js`, method: 'GET', authorization: undefined, redirect }
      ])
    )
  })
})

test('of account details with only a region, the region is compared', async () => {
  const { fetch } = recordingFetch('{"token":"abc","dataHostingLocation":"na1"}')
  const checks = await examineWith({ fetch }, '--portal-id', '42')
  expect(checks['region']?.status).toBe('ok')
  expect(checks['portal']?.message).toContain("HubSpot does not say the account's")
  expect((await examineWith({ fetch }))['portal']?.message).not.toContain("credential's is")
})

test('a certificate that is not trusted has its own hint', async () => {
  const fetch = async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' }) })
  }
  const checks = await examineWith({ fetch })
  expect(checks['mint']?.message).toContain('no connection, SELF_SIGNED_CERT_IN_CHAIN')
  expect(checks['mint']?.hint).toContain('NODE_EXTRA_CA_CERTS')
})

test.each([[new Error(`${ACCESS_TOKEN} secret`)], ['secret'], [undefined], [null]])(
  'nothing of what fetch throws is printed (%#)',
  async (thrown) => {
    const fetch = () => Promise.reject(thrown)
    const { code, stdout, stderr } = await runCli(['doctor', '--email', EMAIL, '--portal-id', '42'], { fetch })
    expect(code).toBe(1)
    expect(stdout + stderr).not.toContain('secret')
    expect(stdout).toContain('no connection')
  }
)

test('with a fetch whose responses have only text(), the mint passes and the check of the account is skipped', async () => {
  const fetch: DoctorFetch = async () => ({
    status: 200,
    headers: { get: () => null },
    text: async () => '{"token":"abc"}'
  })
  const checks = await examineWith({ fetch })
  expect(checks['mint']?.status).toBe('ok')
  expect(checks['region']?.status).toBe('skipped')
})
