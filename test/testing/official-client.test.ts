// HubSpot's own Node client with the simulator.

import { Client } from '@hubspot/api-client'
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'

let simulator: HubSpotSimulator
beforeEach(async () => {
  simulator = await startHubSpotSimulator({ accessToken: 'pat-na1-right' })
})
afterEach(() => simulator.close())

function mintWith(accessToken: string, numberOfApiCallRetries = 0) {
  const client = new Client({ accessToken, basePath: simulator.url, numberOfApiCallRetries })
  const visitor = { email: "o'brien+x&co@example.com", firstName: 'Pat', lastName: "O'Brien" }
  return client.conversations.visitorIdentification.generateApi.generateToken(visitor)
}

test("HubSpot's client mints a token", async () => {
  const { token } = await mintWith('pat-na1-right')
  expect(simulator.verify(token)).toMatchObject({ email: "o'brien+x&co@example.com", firstName: 'Pat' })
  expect(simulator.requests[0]).toMatchObject({ path: '/visitor-identification/v3/tokens/create' })
})

test("HubSpot's client reports an error of the simulator", async () => {
  await expect(mintWith('wrong')).rejects.toMatchObject({ code: 401, body: { category: 'INVALID_AUTHENTICATION' } })
})

test("HubSpot's client repeats a call after a 500", async () => {
  const told = jest.spyOn(console, 'error').mockImplementation(() => undefined)
  simulator.respondWith({ status: 500 })
  expect(simulator.verify((await mintWith('pat-na1-right', 2)).token)).toBeDefined()
  expect(simulator.requests).toHaveLength(2)
  told.mockRestore()
})
