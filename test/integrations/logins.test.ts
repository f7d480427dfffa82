// Real logins with the recipes of docs/logins.md, word for word: the right person, one mint each, nothing on the console.
import { afterAll, expect, jest, test } from '@jest/globals'
import { describeIntegrations } from './describe-integrations.js'
import { LOGINS } from './logins.js'
import { prepareIntegrations } from './real-packages.js'

jest.setTimeout(120_000)

/** What everybody sees, whatever the login: Eve's address is not verified. */
const PEOPLE = {
  guest: 'nobody',
  parallel: ['ada@example.com'],
  pages: ['ada@example.com'],
  other: 'bob@example.com',
  unverified: 'nobody',
  minted: ['ada@example.com', 'bob@example.com']
}
/** Outside production a developer is told why Eve is nobody, once; of a `visitor` that answers with a promise it is not known. */
const HINTS = ['unverified']
const ANSWERING_LATER = ['better-auth', 'clerk', 'supabase', 'firebase']

/** What was printed, with our hints shortened to their reason; oidc-provider's warnings are about the provider that is played. */
function printed(stderr: string): string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('oidc-provider WARNING'))
    .map((line) => /^express-hubspot-identification: .* Reason: ([\w-]+)\.$/.exec(line)?.[1] ?? line)
}

const names = Object.keys(LOGINS)
const integrations = await prepareIntegrations(names)
afterAll(async () => integrations?.remove())

describeIntegrations(
  names,
  (name, ready) => {
    test('compiles under strict rules', () => {
      expect(ready().compiled(name)).toEqual([])
    })

    test('identifies the right people, one mint each, and prints nothing but the hint about an unverified address', async () => {
      const { code, stdout, stderr } = await ready().visit(name)
      const hints = ANSWERING_LATER.includes(name) ? [] : HINTS
      expect({ code, printed: printed(stderr) }).toEqual({ code: 0, printed: hints })
      expect(JSON.parse(stdout)).toEqual({ ...PEOPLE, ...LOGINS[name] })
    })
  },
  integrations
)
