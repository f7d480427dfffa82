// An app made by express-generator, with Passport and the lines of the quick start, installed without `--force`.
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, describe, expect, jest, test } from '@jest/globals'
import { type Installed, installPackedWith, npmInstall, run, TRY_EVERYTHING } from './packed-consumer.js'

jest.setTimeout(300_000)

const LINES = `
const { hubspotIdentification } = require('express-hubspot-identification')
const { useSession, addRoutes } = require('./login')
const identification = hubspotIdentification({
  accessToken: process.env.HUBSPOT_ACCESS_TOKEN,
  baseUrl: process.env.HUBSPOT_BASE_URL,
  portalId: process.env.HUBSPOT_PORTAL_ID
})
useSession(app)
app.use(identification)
addRoutes(app)
`

async function edit(path: string, before: string, added: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  if (!text.includes(before)) throw new Error(`The generator writes another ${path} now: without ${before}`)
  await writeFile(path, text.replace(before, `${added}${before}`))
}

/** The generator and the packed package in one folder; the app is created next to them. */
const tools = TRY_EVERYTHING ? await installPackedWith(['express-generator@^4.16.1', 'express@~4.16.1']) : undefined
afterAll(() => tools?.remove())

async function makeApp({ folder, file, tarball }: Installed): Promise<string> {
  await run(process.execPath, [file('express-generator/bin/express-cli.js'), '--view=ejs', 'shop'], folder)
  const shop = join(folder, 'shop')
  await npmInstall(shop, [])
  await npmInstall(shop, [tarball, 'express-session', 'passport', 'passport-local'])
  await cp(resolve('test/consumers/generated'), shop, { recursive: true })
  await edit(join(shop, 'app.js'), "app.use('/', indexRouter)", LINES)
  await edit(join(shop, 'views/index.ejs'), '</head>', '<%- hubspot.snippet %>')
  await edit(join(shop, 'views/error.ejs'), '<h1>', '<%- locals.hubspot?.snippet %>')
  return shop
}

if (tools) {
  describe('an app of express-generator', () => {
    test('installs the package without force, keeps its version of Express, and identifies a user after the login', async () => {
      const shop = await makeApp(tools)
      const { code, stdout, stderr } = await run(process.execPath, ['--trace-warnings', 'visit.js'], shop)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual({
        guest: { status: 200, who: 'nobody', chat: true },
        login: 302,
        page: { status: 200, who: 'ada@example.com', chat: true },
        missing: { status: 404, who: 'ada@example.com', chat: true },
        logout: 302,
        after: { status: 200, who: 'nobody', chat: true }
      })
      const paths = await readdir(join(shop, 'node_modules'), { recursive: true })
      const copies = paths.filter((path) => /(^|\/)express\/package\.json$/.test(path))
      expect(copies).toEqual(['express/package.json'])
      const { version } = JSON.parse(await readFile(join(shop, 'node_modules/express/package.json'), 'utf8'))
      expect(version).toMatch(/^4\.16\./)
    })
  })
} else describe.skip('an app of express-generator', () => test('needs CONSUMERS=full and the npm registry', () => {}))
