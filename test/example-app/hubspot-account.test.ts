// The example with an access token, as with a HubSpot account; HUBSPOT_BASE_URL is the URL of the simulator.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type HubSpotSimulator, startHubSpotSimulator } from 'express-hubspot-identification/testing'
import request from 'supertest'
import { banner } from '../../example-app/banner.js'
import { readConfig } from '../../example-app/config.js'
import { type RunningApp, serve } from '../../example-app/serve.js'

describe('with HUBSPOT_ACCESS_TOKEN', () => {
  let simulator: HubSpotSimulator
  let app: RunningApp

  beforeAll(async () => {
    simulator = await startHubSpotSimulator({ accessToken: 'pat-eu1-1' })
    app = await serve(
      readConfig({
        PORT: '0',
        HUBSPOT_ACCESS_TOKEN: 'pat-eu1-1',
        HUBSPOT_PORTAL_ID: '4321',
        HUBSPOT_REGION: 'eu1',
        HUBSPOT_BASE_URL: simulator.url,
        DEMO_USER_EMAIL: 'owner@example.com',
        DEMO_USER_PASSWORD: 'only the owner knows'
      })
    )
  })
  afterAll(async () => {
    await app.close()
    await simulator.close()
  })

  test('shows no demo users', async () => {
    expect((await request(app.url).get('/login').expect(200)).text).not.toContain('Demo users')
  })

  test('the one user can log in, and is identified', async () => {
    const agent = request.agent(app.url)
    const form = await agent.get('/login')
    const _csrf = /name="_csrf" value="(\w{20,})"/.exec(form.text)?.[1]
    const user = { email: 'owner@example.com', password: 'only the owner knows' }
    await agent
      .post('/login')
      .type('form')
      .send({ ...user, _csrf })
      .expect(303)
    expect((await agent.get('/account')).text).toContain('data-identified="true"')
    expect(simulator.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer pat-eu1-1'])
  })

  describe.each(['/', '/single-page', '/no-inline-script', '/auto-insert'])('on %s', (path) => {
    const chatOf = async (url: string) => {
      const { text, headers } = await request(url).get(path).expect(200)
      const policy = String(headers['content-security-policy'])
      expect(policy).not.toContain('unsafe-inline')
      return { loaders: [...text.matchAll(/src="([^"]*4321\.js)"/g)].map(([, src]) => src), policy }
    }

    test("the page loads the chat once from HubSpot's host of the region, and the policy allows HubSpot's hosts", async () => {
      const env = { PORT: '0', HUBSPOT_ACCESS_TOKEN: 'pat-eu1-1', HUBSPOT_PORTAL_ID: '4321', HUBSPOT_REGION: 'eu1' }
      const real = await serve(readConfig(env))
      try {
        const { loaders, policy } = await chatOf(real.url)
        expect(loaders).toEqual(['https://js-eu1.hs-scripts.com/4321.js'])
        expect(policy).toContain('https://app-eu1.hubspot.com')
      } finally {
        await real.close()
      }
    })

    test('with HUBSPOT_BASE_URL on this machine the page loads the chat once from there, and the policy allows no host of HubSpot', async () => {
      const { loaders, policy } = await chatOf(app.url)
      expect(loaders).toEqual([`${simulator.url}/4321.js`])
      expect(policy).toContain(simulator.url)
      expect(policy).not.toContain('hubspot.com')
    })
  })

  test('the start message names the account, and neither the access token nor the password', () => {
    const text = banner(app, 1)
    expect(text).toContain(app.url)
    expect(text).toContain('https://app-eu1.hubspot.com/live-messages/4321')
    expect(text).toContain('owner@example.com')
    expect(text).not.toMatch(/pat-eu1|only the owner knows|Demo users/)
  })

  test('starts with only an access token, and says that nobody can log in', async () => {
    const bare = await serve(readConfig({ PORT: '0', HUBSPOT_ACCESS_TOKEN: 'pat-1', HUBSPOT_BASE_URL: simulator.url }))
    try {
      expect(banner(bare, 1)).toContain('nobody can log in: set DEMO_USER_EMAIL')
      await request(bare.url).get('/login').expect(200)
    } finally {
      await bare.close()
    }
  })
})
