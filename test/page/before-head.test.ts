// The call before a head, over real responses: once, with all headers set, whoever else wraps the writing of the head.
import { describe, expect, test } from '@jest/globals'
import type { Response } from 'express'
import onHeaders from 'on-headers'
import supertest from 'supertest'
import { beforeHead } from '../../lib/page/before-head.js'
import { createApp, EXPRESS_MAJORS } from '../support/create-app.js'

type Page = (res: Response, tell: () => void) => unknown

describe.each(EXPRESS_MAJORS)('before the head of a response of $major', ({ express }) => {
  /** Serves a page, and what each call of the listener saw in `X-Given`. */
  async function serve(page: Page) {
    const seen: unknown[] = []
    const { app } = await createApp({
      express,
      session: false,
      mounted: false,
      routes: (app) => {
        app.get('/', (_req, res) => {
          page(res, () => {
            seen.push(res.getHeader('X-Given'))
            res.appendHeader('X-Told', 'yes')
          })
        })
      }
    })
    const { status, headers, text } = await supertest(app).get('/')
    return { seen, status, told: headers['x-told'], given: headers['x-given'], text }
  }

  const heads: [string, Page][] = [
    ['a status', (res) => res.setHeader('X-Given', 'a').status(201).send('x')],
    ['a status alone in writeHead', (res) => res.setHeader('X-Given', 'a').writeHead(201).end('x')],
    ['a reason', (res) => res.setHeader('X-Given', 'a').writeHead(201, 'Made').end('x')],
    ['an object', (res) => res.writeHead(201, { 'X-Given': 'a' }).end('x')],
    ['a reason and an object', (res) => res.writeHead(201, 'Made', { 'X-Given': 'a' }).end('x')],
    ['a list', (res) => res.writeHead(201, ['X-Given', 'a']).end('x')],
    ['a list of pairs', (res) => res.writeHead(201, [['X-Given', 'a']] as unknown as string[]).end('x')]
  ]

  test.each(heads)('that is given %s, the listener sees all headers, once', async (_name, page) => {
    const served = await serve((res, tell) => {
      beforeHead(res, tell)
      page(res, tell)
    })
    expect(served).toEqual({ seen: ['a'], status: 201, told: 'yes', given: 'a', text: 'x' })
  })

  test.each([
    ['a status', (res: Response) => void res.writeHead(99)],
    ['headers', (res: Response) => void res.writeHead(99, { 'X-Given': 'a' })]
  ])('a head that fails with %s is not announced twice', async (_name, fail) => {
    const { seen, status, told } = await serve((res, tell) => {
      beforeHead(res, tell)
      expect(() => fail(res)).toThrow(RangeError)
      res.status(500).send('sorry')
    })
    expect({ calls: seen.length, status, told }).toEqual({ calls: 1, status: 500, told: 'yes' })
  })

  test.each([
    ['before', (res: Response, other: () => void, tell: () => void) => [onHeaders(res, other), beforeHead(res, tell)]],
    ['after', (res: Response, other: () => void, tell: () => void) => [beforeHead(res, tell), onHeaders(res, other)]]
  ])('another listener that came %s is called as well', async (when, register) => {
    const order: string[] = []
    const { seen, told } = await serve((res, tell) => {
      register(
        res,
        () => order.push('other'),
        () => {
          order.push('ours')
          tell()
        }
      )
      res.writeHead(200, { 'X-Given': 'a' }).end('x')
    })
    expect({ seen, told }).toEqual({ seen: ['a'], told: 'yes' })
    expect(order).toEqual(when === 'before' ? ['ours', 'other'] : ['other', 'ours'])
  })

  test('a wrapper that came after stays in place when a head with headers fails', async () => {
    let wrapped = 0
    const { status, told } = await serve((res, tell) => {
      beforeHead(res, tell)
      const writeHead = res.writeHead as (...args: unknown[]) => Response
      const wrapper = (...args: unknown[]) => {
        wrapped += 1
        return writeHead.apply(res, args)
      }
      Object.assign(res, { writeHead: wrapper })
      expect(() => res.writeHead(99, { 'X-Given': 'a' })).toThrow(RangeError)
      res.status(500).send('sorry')
    })
    expect({ wrapped, status, told }).toEqual({ wrapped: 2, status: 500, told: 'yes' })
  })
})
