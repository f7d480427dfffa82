// The URL of the chat's script: on HubSpot's hosts, or on a simulator on this machine.
import { describe, expect, test } from '@jest/globals'
import express from 'express'
import request from 'supertest'
import { hubspotIdentification } from '../../lib/index.js'
import { loaderUrl } from '../../lib/page/loader.js'
import { startHubSpotSimulator } from '../../lib/testing/index.js'
import { attributesOf, elementsIn } from '../support/browser-view.js'

const from = (baseUrl: string, portalId: string | undefined = '12345', region = 'eu1') =>
  loaderUrl({ portalId, region, baseUrl: new URL(baseUrl) })

describe('loaderUrl()', () => {
  test.each([
    ['https://api.hubapi.com', 'https://js-eu1.hs-scripts.com/12345.js'],
    ['https://proxy.example.com/hubspot', 'https://js-eu1.hs-scripts.com/12345.js'],
    ['https://127.0.0.1.example.com', 'https://js-eu1.hs-scripts.com/12345.js'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010/12345.js'],
    ['http://127.1.2.3:4010/', 'http://127.1.2.3:4010/12345.js'],
    ['http://localhost:4010/under/a/path/', 'http://localhost:4010/under/a/path/12345.js'],
    ['http://[::1]:4010', 'http://[::1]:4010/12345.js']
  ])('with the baseUrl %s is %s', (baseUrl, expected) => {
    expect(from(baseUrl)).toBe(expected)
  })

  test('is undefined without a portal', () => {
    expect(loaderUrl({ portalId: undefined, region: 'na1', baseUrl: new URL('http://127.0.0.1:4010') })).toBeUndefined()
  })

  test('is safe as an attribute with any path', () => {
    const path = `/"><script>&copy&lt;'\``
    const [script] = elementsIn(`<script src="${from(`http://127.0.0.1:4010${path}`)}"></script>`, 'script')
    expect(script && attributesOf(script)).toEqual({
      src: `http://127.0.0.1:4010${new URL(path, 'http://x').pathname}/12345.js`
    })
  })
})

test('a page loads the script that the simulator serves', async () => {
  const simulator = await startHubSpotSimulator()
  const app = express()
  app.use(hubspotIdentification({ accessToken: 'x', baseUrl: simulator.url, portalId: simulator.portalId }))
  app.get('/', (_req, res) => res.send(res.locals.hubspot.snippet))
  const { text } = await request(app).get('/')
  const [script] = elementsIn(text, 'script').map(attributesOf)
  expect(script).toEqual({ src: `${simulator.url}/12345.js`, id: 'hs-script-loader', async: '', defer: '' })
  const response = await fetch(script?.['src'] ?? '')
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/javascript;charset=utf-8'])
  await simulator.close()
})
