// The example with a credential of its own, as it would talk to HubSpot; the simulator stands at HUBSPOT_BASE_URL.
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

  test('shows no demo users, loads the chat from the region, and allows its hosts', async () => {
    const page = await request(app.url).get('/login').expect(200)
    expect(page.text).not.toContain('Demo users')
    expect(page.text).toContain('src="https://js-eu1.hs-scripts.com/4321.js" id="hs-script-loader"')
    expect(page.text.match(/4321\.js/g)).toHaveLength(1)
    expect(page.headers['content-security-policy']).toContain('https://app-eu1.hubspot.com')
    expect(page.headers['content-security-policy']).not.toContain('unsafe-inline')
  })

  test('logs the one account in, and identifies it', async () => {
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

  test('loads the chat on the pages without the snippet, too', async () => {
    for (const path of ['/single-page', '/no-inline-script', '/auto-insert']) {
      const page = await request(app.url).get(path).expect(200)
      expect(page.text.match(/https:\/\/js-eu1\.hs-scripts\.com\/4321\.js/g)).toHaveLength(1)
    }
  })

  test('says so when it starts, and shows neither credential nor password', () => {
    const text = banner(app, 1)
    expect(text).toContain(app.url)
    expect(text).toContain('https://app-eu1.hubspot.com/live-messages/4321')
    expect(text).toContain('owner@example.com')
    expect(text).not.toMatch(/pat-eu1|only the owner knows|Demo users/)
  })

  test('starts with the credential alone, and says that nobody can log in', async () => {
    const bare = await serve(readConfig({ PORT: '0', HUBSPOT_ACCESS_TOKEN: 'pat-1', HUBSPOT_BASE_URL: simulator.url }))
    try {
      expect(banner(bare, 1)).toContain('nobody can log in: set DEMO_USER_EMAIL')
      await request(bare.url).get('/login').expect(200)
    } finally {
      await bare.close()
    }
  })
})
