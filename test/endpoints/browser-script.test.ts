// browserScript(): the classic script, cacheable and revalidated by its ETag.
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from '@jest/globals'
import request from 'supertest'
import { CLASSIC_SCRIPT } from '../../lib/page/browser-code.js'
import { createApp, EXPRESS_MAJORS } from '../support/create-app.js'

describe.each(EXPRESS_MAJORS)('browserScript() in $major', ({ express }) => {
  async function createSite() {
    const { app } = await createApp({
      express,
      routes: (app, identification) => app.use('/chat.js', identification.browserScript())
    })
    return app
  }

  test('serves the script', async () => {
    const { text, headers } = await request(await createSite())
      .get('/chat.js')
      .expect(200)
    expect(text).toBe(CLASSIC_SCRIPT)
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['cache-control']).toBe('public, max-age=3600, stale-while-revalidate=86400')
    expect(headers['etag']).toMatch(/^"[\w-]+"$/)
    expect(headers['set-cookie']).toBeUndefined()
  })

  test('stays below 2 KB gzipped', () => {
    expect(gzipSync(CLASSIC_SCRIPT).length).toBeLessThan(2048)
  })

  test('answers 304 to a browser with the same script, and sends the script to one with another', async () => {
    const app = await createSite()
    const { headers } = await request(app).get('/chat.js')
    const again = await request(app)
      .get('/chat.js')
      .set('If-None-Match', headers['etag'] ?? '')
      .expect(304)
    expect(again.text).toBe('')
    expect(again.headers['etag']).toBe(headers['etag'])
    await request(app).get('/chat.js').set('If-None-Match', '"other"').expect(200)
  })

  test('answers HEAD with the same headers and no body', async () => {
    const app = await createSite()
    const get = await request(app).get('/chat.js')
    const head = await request(app).head('/chat.js').expect(200)
    expect(head.text).toBeFalsy()
    for (const name of ['etag', 'content-type', 'content-length', 'cache-control'])
      expect(head.headers[name]).toBe(get.headers[name])
  })

  test.each(['post', 'put', 'delete', 'options'] as const)('answers 405 to %s', async (method) => {
    const { headers, text } = await request(await createSite())
      [method]('/chat.js')
      .expect(405)
    expect(headers['allow']).toBe('GET, HEAD')
    expect(text).toBe('')
  })
})
