// Every likely mistake causes one console line that says what to do, without personal data. In production there are no hints.
import { describe, expect, test } from '@jest/globals'
import { hubspotIdentification } from '../../lib/index.js'
import { loggedIn, MISTAKES } from './mistakes.js'
import { ACCESS_TOKEN, ADDRESS, createSite, MAJORS, saidOnConsole } from './site.js'

const NAME = 'express-hubspot-identification: '

describe.each(MAJORS)('$major', ({ express }) => {
  test.each(MISTAKES)(
    'one line explains: $what',
    async ({ app, hubspot, visit = loggedIn('/view'), says, reason, instances = 1 }) => {
      const site = await createSite({ ...app, express })
      if (hubspot) site.hubspot.respondWith(hubspot)
      const { body } = await visit(site)
      const lines = saidOnConsole()
      expect(lines.filter((line) => says.test(line))).toHaveLength(instances)
      expect(lines.every((line) => line.startsWith(NAME))).toBe(true)
      if (reason) expect(body).toMatchObject({ identified: false, reason })
      await visit(site)
      expect(saidOnConsole().filter((line) => says.test(line))).toHaveLength(instances)
      const all = saidOnConsole().join('\n').toLowerCase()
      for (const secret of [ADDRESS, ACCESS_TOKEN, 'planted']) expect(all).not.toContain(secret)
    }
  )
})

describe('in production', () => {
  const isFault = ({ says }: (typeof MISTAKES)[number]) => /ERR_/.test(says.source)

  test.each(MISTAKES.filter(isFault))(
    'the error is reported: $what',
    async ({ app, hubspot, visit = loggedIn('/view'), says }) => {
      const site = await createSite({ ...app, production: true })
      if (hubspot) site.hubspot.respondWith(hubspot)
      await visit(site)
      expect(saidOnConsole().filter((line) => says.test(line))).toHaveLength(1)
    }
  )

  test.each(MISTAKES.filter((mistake) => !isFault(mistake)))(
    'there is no hint: $what',
    async ({ app, hubspot, visit = loggedIn('/view'), reason }) => {
      const site = await createSite({ ...app, production: true })
      if (hubspot) site.hubspot.respondWith(hubspot)
      const { body } = await visit(site)
      expect(saidOnConsole()).toEqual([])
      if (reason) expect(body).toMatchObject({ reason })
    }
  )
})

test('an onError of the app is called, and nothing is written to the console', async () => {
  const codes: string[] = []
  const site = await createSite({ options: { onError: ({ code }) => codes.push(code) } })
  site.hubspot.respondWith({ status: 401, times: 9 })
  await loggedIn('/view')(site)
  expect({ codes, said: saidOnConsole() }).toEqual({ codes: ['ERR_UNAUTHORIZED'], said: [] })
})

test('a missing access token is an error at the call', () => {
  expect(() => hubspotIdentification({ accessToken: undefined })).toThrow(
    /HUBSPOT_ACCESS_TOKEN, that variable is not set/
  )
})
