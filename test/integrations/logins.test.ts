// Real logins with the unchanged recipes of docs/logins.md: the right user, one mint each, nothing on the console.
import { expect, jest, test } from '@jest/globals'
import { describeIntegrations } from './describe-integrations.js'
import { LOGINS } from './logins.js'

jest.setTimeout(120_000)

/** The expected result for every login; Eve's address is not verified. */
const PEOPLE = {
  guest: 'nobody',
  parallel: ['ada@example.com'],
  pages: ['ada@example.com'],
  other: 'bob@example.com',
  unverified: 'nobody',
  minted: ['ada@example.com', 'bob@example.com']
}
/** Outside production there is one hint why Eve is not identified. */
const HINTS = ['unverified']

/** The console output, with the library's hints shortened to their reason, and without warnings of oidc-provider. */
function printed(stderr: string): string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('oidc-provider WARNING'))
    .map((line) => /^express-hubspot-identification: .* Reason: ([\w-]+)\.$/.exec(line)?.[1] ?? line)
}

const names = Object.keys(LOGINS)

await describeIntegrations(names, (name, ready) => {
  test('identifies the right users, with one mint each, and prints only the hint about an unverified address', async () => {
    const { code, stdout, stderr } = await ready().visit(name)
    expect({ code, printed: printed(stderr) }).toEqual({ code: 0, printed: HINTS })
    expect(JSON.parse(stdout)).toEqual({ ...PEOPLE, ...LOGINS[name] })
  })
})
