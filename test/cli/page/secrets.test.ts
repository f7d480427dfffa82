// The doctor prints no secrets or personal data from a page, wherever they are on the page.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { runCli } from '../run-doctor.js'
import { embedCode, html, look, type Site, startSite } from './look.js'

const SECRET = 'k7secretk7'
const ADDRESS = `${SECRET}@example.com`

/** A page for each place where a page can contain a secret. */
const PAGES: Record<string, (secret: string) => string> = {
  'in the reason': (secret) => html('', `<main data-hubspot-reason="${secret}"></main>`),
  'in text': (secret) => html('', `<p>${secret} &lt;script&gt;(function(pageSettings){${secret}`),
  'in a title': (secret) => `<title>${secret}<script>(function(pageSettings){`,
  'in settings': (secret) =>
    html(`<script>hsConversationsSettings={identificationEmail:"${secret}",identificationToken:"${secret}"}</script>`),
  'in settings without a token': (secret) => html(`<script>x={identificationEmail:"${secret}"}</script>`),
  'in a snippet of an unknown format': (secret) => html(`<script>(function(pageSettings){${secret}</script>`),
  'in the address of a script': (secret) =>
    html(
      `<script src="https://js.hs-scripts.com/1.js?${secret}"></script><script src="http://${secret}.com/1.js"></script>`
    ),
  'in a base': (secret) =>
    html(
      `<base href="https://${secret}/"><script src="chat.js" data-endpoint="${secret}"></script>${embedCode('na1')}`
    ),
  'in a nonce': (secret) =>
    html(
      embedCode('na1').replace('<script', `<script nonce="${secret}"`) +
        `<script nonce="${secret}">identificationEmail=''</script>`
    ),
  'in a policy': (secret) =>
    html(
      `<meta http-equiv="Content-Security-Policy" content="script-src 'nonce-${secret}'; img-src ${secret}; style-src ${secret}">` +
        embedCode('na1')
    )
}

test.each(Object.entries(PAGES))('a secret %s is not printed', async (_, page) => {
  const secret = fc.constantFrom(SECRET, ADDRESS, `eyJ${SECRET}`, SECRET.replace(/\d/g, ''))
  await fc.assert(
    fc.asyncProperty(secret, fc.boolean(), async (text, inHeaders) => {
      const site: Site = {
        page: (_hubspot, res) => {
          if (inHeaders) {
            res.setHeader('Content-Security-Policy', `script-src 'nonce-${text}' ${text}; ${text} x`)
            res.setHeader('Cache-Control', `public, ${text}="${text}"`)
          }
          return page(text)
        }
      }
      const { url } = await startSite(site)
      for (const more of [['--json'], []]) {
        const { stdout, stderr } = await runCli([
          'doctor',
          '--page',
          `${url}/?${text}`,
          '--cookie',
          `sid=${text}`,
          ...more
        ])
        expect(stdout.length).toBeGreaterThan(100)
        expect(stdout + stderr).not.toContain('secret')
      }
    }),
    { numRuns: 8 }
  )
})

test.each(['ann', 'obrien'])('the identity of the user %s is not printed', async (user) => {
  const site: Site = { options: { portalId: '12345' }, page: ({ snippet }) => html(snippet) }
  const { code, stdout } = await look(site, { user })
  expect(code).toBe(0)
  expect(stdout).not.toMatch(/example|eyJ|Ann|connect\.sid/)
})

test('the path of a redirect and the text of an error page are not printed', async () => {
  const site: Site = {
    routes: (app) => {
      app.get('/', (_req, res) => res.redirect(`/invite/${SECRET}?to=${ADDRESS}`))
      app.get('/invite/:code', (_req, res) => void res.status(500).send(ADDRESS))
    }
  }
  const { stdout } = await look(site)
  expect(stdout).toContain('answers 500')
  expect(stdout).not.toContain('secret')
})
