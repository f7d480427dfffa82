// The lines of the quick start are the same in the documentation and in the example.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { blocksOf, DOCUMENTS } from '../support/documents.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const squeeze = (code: string) => code.replace(/\s+/g, '')
const app = squeeze(read('example-app/app.ts'))
const documented = squeeze(
  DOCUMENTS.flatMap(blocksOf)
    .map(({ code }) => code)
    .join('\n')
)

describe('the quick start', () => {
  const lines = [
    "import { hubspotIdentification } from 'express-hubspot-identification'",
    'const identification = hubspotIdentification({ accessToken',
    'app.use(session({',
    'app.use(passport.session())',
    'app.use(identification)',
    "app.post('/login', passport.authenticate('local'), identification, (req, res) => {",
    'res.json(res.locals.hubspot.settings)',
    "app.get('/hubspot/token', identification.tokenEndpoint())",
    "app.get('/hubspot/chat.js', identification.browserScript())"
  ]

  test.each(lines)('%s', (line) => {
    expect(documented).toContain(squeeze(line))
    expect(app).toContain(squeeze(line))
  })

  test('has the same order in the example', () => {
    const places = lines.slice(2, 5).map((line) => app.indexOf(squeeze(line)))
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })

  test('the layout prints the snippet in the head, above the code that loads the chat, and only if there is `hubspot`', () => {
    const layout = read('example-app/views/layout.ejs')
    const snippet = layout.indexOf('<%- hubspot.snippet %>')
    expect(snippet).toBeGreaterThan(layout.indexOf('locals.hubspot'))
    expect(layout.indexOf('chat.loaderUrl')).toBeGreaterThan(snippet)
    expect(layout.indexOf('</head>')).toBeGreaterThan(snippet)
  })
})
