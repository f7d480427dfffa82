// A member that is mounted without being called: requests get a 500 that says what to write.
import { afterEach, describe, expect, jest, test } from '@jest/globals'
import type { RequestHandler } from 'express'
import request from 'supertest'
import { createApp, EXPRESS_MAJORS } from '../support/create-app.js'

afterEach(() => {
  jest.restoreAllMocks()
})

describe.each(EXPRESS_MAJORS)('mounted without being called in $major', ({ express }) => {
  test.each([
    ['tokenEndpoint', '/token'],
    ['browserScript', '/chat.js']
  ] as const)('%s answers 500 with what to write', async (member, path) => {
    const said: unknown[] = []
    jest.spyOn(console, 'warn').mockImplementation((line) => void said.push(line))
    const { app } = await createApp({
      express,
      routes: (each, identification) => each.get(path, identification[member] as unknown as RequestHandler)
    })
    const sentence = `identification.${member} was mounted without being called: write identification.${member}().`
    for (const _ of [1, 2]) {
      const { text, headers } = await request(app).get(path).expect(500)
      expect(text).toBe(`${sentence}\n`)
      expect(headers).toMatchObject({
        'content-type': 'text/plain; charset=utf-8',
        'x-content-type-options': 'nosniff',
        'cache-control': 'private, no-store'
      })
    }
    expect(said).toEqual([`express-hubspot-identification: ${sentence}`])
  })

  test('is answered with app.use as well, on every path', async () => {
    jest.spyOn(console, 'warn').mockImplementation(() => {})
    const { app } = await createApp({
      express,
      routes: (each, identification) => each.use('/token', identification.tokenEndpoint as unknown as RequestHandler)
    })
    await request(app).post('/token/anything').expect(500)
  })
})
