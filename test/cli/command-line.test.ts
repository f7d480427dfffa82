// The command line: help, version, wrong usage, and the printed checks.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { z } from 'zod'
import { FLAGS } from '../../lib/cli/flags.js'
import { VERSION } from '../../lib/mint/version.js'
import { type HubSpotSimulator, startHubSpotSimulator } from '../../lib/testing/index.js'
import { ACCESS_TOKEN, doctorArgs, EMAIL, runCli } from './run-doctor.js'

const ESCAPE = '\u001b['

describe('help and version', () => {
  test.each([['--help'], ['-h'], ['help'], ['doctor', '--help'], ['simulator', '--help']])(
    '%s %s prints every flag',
    async (...argv) => {
      const { code, stdout, stderr } = await runCli(argv.filter((word) => word !== undefined))
      expect(code).toBe(0)
      expect(stderr).toBe('')
      for (const flag of Object.keys(FLAGS)) expect(stdout).toContain(`--${flag} `)
      expect(stdout).toContain('Exit code: 0 all is well (warnings allowed), 1 something failed, 2 wrong usage.')
      expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(110)
    }
  )

  test.each(['--version', '-v'])('%s prints only the version', async (flag) => {
    expect(await runCli([flag])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' })
  })
})

describe('wrong usage', () => {
  const email = ['--email', EMAIL]
  test.each([
    ['no command', [], 'No command was given'],
    ['a misspelt command', ['dotcor'], 'Unknown command "dotcor". Did you mean "doctor"?'],
    [
      'an unknown command',
      ['supercalifragilistic'],
      'Unknown command "supercalifragilistic". There are "doctor" and "simulator".'
    ],
    ['a misspelt flag', ['doctor', '--emial', EMAIL], 'Unknown flag "--emial". Did you mean "--email"?'],
    ['a misspelt flag with a value', ['doctor', '--baseurl=x'], 'Did you mean "--base-url"?'],
    ['an unknown flag', ['doctor', ...email, '--zzzzzzzz'], 'Unknown flag "--zzzzzzzz". The flags are --email,'],
    ['a short flag', ['doctor', ...email, '-x'], 'Unknown flag "-x".'],
    ['the name of a property of Object', ['doctor', ...email, '--__proto__=1'], 'Unknown flag.'],
    ['no email address', ['doctor'], '--email is missing'],
    ['a flag without its value', ['doctor', '--email'], '--email needs a value'],
    ['an empty value', ['doctor', '--email='], '--email needs a value'],
    ['a malformed email address', ['doctor', '--email', 'ann at example'], '--email takes one email address'],
    ['a flag in place of the value', ['doctor', '--email', '--json'], '--email takes one email address'],
    ['a value for a flag without value', ['doctor', ...email, '--json=yes'], '--json takes no value'],
    ['an extra argument', ['doctor', ...email, 'more'], 'doctor takes flags only'],
    ['a misspelt "simulator"', ['simulater'], 'Did you mean "simulator"?'],
    ['a port that is not a number', ['simulator', '--port', 'http'], '--port takes a whole number from 0 to 65535'],
    ['a negative port', ['simulator', '--port=-1'], '--port takes a whole number from 0 to 65535'],
    ['a port above 65535', ['simulator', '--port', '65536'], '--port takes a whole number from 0 to 65535'],
    ['a port with a decimal point', ['simulator', '--port', '80.5'], '--port takes a whole number from 0 to 65535'],
    ['no port', ['simulator', '--port'], '--port needs a value'],
    ['a portal id of letters', ['simulator', '--portal-id', 'x'], '--portal-id takes digits only'],
    ['a portal id that is too long', ['simulator', '--portal-id', '1'.repeat(16)], '--portal-id takes digits only'],
    ['a doctor flag for the simulator', ['simulator', ...email], '--email is a flag of "doctor", not of "simulator".'],
    [
      'a simulator flag for the doctor',
      ['doctor', ...email, '--port', '1'],
      '--port is a flag of "simulator", not of "doctor".'
    ],
    ['an argument for the simulator', ['simulator', '4010'], 'simulator takes flags only'],
    ['neither email address nor page', ['doctor', '--json'], 'or the URL of a page with --page.'],
    ['a cookie without a page', ['doctor', ...email, '--cookie', 'a=b'], '--cookie goes with --page'],
    ['a page for the simulator', ['simulator', '--page', 'http://localhost'], '--page is a flag of "doctor"'],
    ['a --page without its value', ['doctor', '--page'], '--page needs a value'],
    ['a page without a scheme', ['doctor', '--page', 'localhost:3000'], '--page takes a whole http or https URL'],
    ['a path in place of the page URL', ['doctor', '--page', '/account'], '--page takes a whole http or https URL'],
    ['a page with a file: URL', ['doctor', '--page', 'file:///etc/hosts'], '--page takes a whole http or https URL'],
    ['a flag in place of the page URL', ['doctor', '--page', '--json'], '--page takes a whole http or https URL'],
    ['a page with a password', ['doctor', '--page', 'https://u:p@example.com'], 'without user name and password'],
    ['an empty cookie', ['doctor', '--page', 'http://localhost', '--cookie='], '--cookie needs a value'],
    ['a cookie without a name', ['doctor', '--page', 'http://localhost', '--cookie', 's%3Aabc'], '--cookie takes what'],
    [
      'a cookie of two lines',
      ['doctor', '--page', 'http://localhost', '--cookie', 'a=b\r\nx: y'],
      '--cookie takes what'
    ],
    ['a misspelt --page', ['doctor', '--pag', 'http://localhost'], 'Did you mean "--page"?'],
    [
      'http to another machine',
      ['doctor', ...email, '--base-url', 'http://example.com'],
      '--base-url takes an https URL'
    ],
    ['a host like 127.0.0.1', ['doctor', ...email, '--base-url', 'http://127.0.0.1.nip.io'], '--base-url takes'],
    ['credentials in the URL', ['doctor', ...email, '--base-url', 'https://u:p@example.com'], '--base-url takes'],
    [
      'a path in place of the version',
      ['doctor', ...email, '--api-version', '../v3'],
      '--api-version takes a single path segment'
    ],
    ['a malformed region', ['doctor', ...email, '--region', 'Europe'], '--region takes a region'],
    ['a portal id that is not a number', ['doctor', ...email, '--portal-id', 'x'], '--portal-id takes digits']
  ])('%s gives one line on stderr and exit code 2', async (_, argv, words) => {
    const { code, stdout, stderr } = await runCli(argv)
    expect(code).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(words)
    expect(stderr).toMatch(
      /^express-hubspot-identification: [^\n]+ Run "npx express-hubspot-identification --help" for help\.\n$/
    )
  })

  test('the message names a malformed environment variable', async () => {
    const env = { HUBSPOT_ACCESS_TOKEN: ACCESS_TOKEN, HUBSPOT_REGION: 'Europe' }
    const { code, stderr } = await runCli(['doctor', ...email], { env })
    expect(code).toBe(2)
    expect(stderr).toContain('HUBSPOT_REGION takes a region')
  })

  test.each([
    [[ACCESS_TOKEN]],
    [['doctor', ACCESS_TOKEN]],
    [['doctor', `--${ACCESS_TOKEN}1`]],
    [['doctor', '--access-token', ACCESS_TOKEN]],
    [['doctor', `--key=${ACCESS_TOKEN}`]],
    [['doctor', ...email, '--region', ACCESS_TOKEN]],
    [['doctor', '--page', ACCESS_TOKEN]],
    [['doctor', '--page', 'http://localhost', '--cookie', ACCESS_TOKEN]],
    [['doctor', ...email, '--base-url', `https://${ACCESS_TOKEN}@example.com`]]
  ])('a credential in the wrong place is not printed: %j', async (argv) => {
    const { code, stdout, stderr } = await runCli(argv)
    expect(code).toBe(2)
    expect(stdout + stderr).not.toContain(ACCESS_TOKEN)
  })

  const letters = 'abcdefghij'.repeat(3)
  test.each([[letters], [`--${letters}`]])('a long word of letters is not printed either: %s', async (word) => {
    const { code, stdout, stderr } = await runCli([word])
    expect(code).toBe(2)
    expect(stdout + stderr).not.toContain(letters)
  })
})

describe('the report', () => {
  let simulator: HubSpotSimulator
  beforeEach(async () => {
    simulator = await startHubSpotSimulator({ accessToken: ACCESS_TOKEN })
  })
  afterEach(() => simulator.close())

  test('has one line with a mark for each check, and a summary line', async () => {
    const { code, stdout, stderr } = await runCli(doctorArgs(simulator))
    const lines = stdout.trimEnd().split('\n')
    expect(lines.slice(0, -2)).toHaveLength(12)
    for (const line of lines.slice(0, -2)) expect(line).toMatch(/^[✔–] .+\.$/)
    expect(lines.at(-1)).toBe('All is well, 2 not checked.')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  test('has the hint on the line of a failed check', async () => {
    simulator.respondWith({ status: 503 })
    const { code, stdout } = await runCli(doctorArgs(simulator))
    expect(stdout).toMatch(/^✖ HubSpot gave no token.+ Run the doctor again;.+$/m)
    expect(stdout).toContain('1 of 12 checks failed.')
    expect(code).toBe(1)
  })

  test('marks warnings and counts them', async () => {
    const { code, stdout } = await runCli(doctorArgs(simulator), { now: () => Date.now() + 3_600_000 })
    expect(stdout).toMatch(/^! This machine's clock is 1 h ahead of HubSpot's/m)
    expect(stdout).toContain('All is well, 1 to look at, 2 not checked.')
    expect(code).toBe(0)
  })

  test('has colours only on a terminal, and never with NO_COLOR, --no-color or --json', async () => {
    const env = { HUBSPOT_ACCESS_TOKEN: ACCESS_TOKEN }
    const printed = async (isTTY: boolean, noColor?: string, ...more: string[]) =>
      (await runCli(doctorArgs(simulator, ...more), { isTTY, env: { ...env, NO_COLOR: noColor } })).stdout
    expect(await printed(true)).toContain(`${ESCAPE}32m✔${ESCAPE}39m`)
    expect(await printed(true, '')).toContain(ESCAPE)
    expect(await printed(false)).not.toContain(ESCAPE)
    expect(await printed(true, '1')).not.toContain(ESCAPE)
    expect(await printed(true, undefined, '--no-color')).not.toContain(ESCAPE)
    expect(await printed(true, undefined, '--json')).not.toContain(ESCAPE)
  })

  test('is a JSON array of checks in a fixed order with --json', async () => {
    simulator.respondWith({ status: 403 })
    const { stdout } = await runCli(doctorArgs(simulator, '--json'))
    const check = z.strictObject({
      id: z.string(),
      status: z.enum(['ok', 'failed', 'skipped', 'warning']),
      message: z.string().min(1),
      hint: z.string().min(1).optional()
    })
    const checks = z.array(check).parse(JSON.parse(stdout))
    expect(checks.map(({ id }) => id)).toEqual([
      'credential',
      'api-version',
      'accepted',
      'scope',
      'plan',
      'mint',
      'token-lifetime',
      'region',
      'portal',
      'loader',
      'clock',
      'rate-budget'
    ])
    for (const { status, hint } of checks) expect(hint !== undefined).toBe(['failed', 'warning'].includes(status))
  })

  test.each([[[]], [['--json']]])('does not contain a credential that was given as the version %j', async (more) => {
    const { code, stdout, stderr } = await runCli(doctorArgs(simulator, '--api-version', ACCESS_TOKEN, ...more))
    expect(stdout).toContain('This API version is not known to this release')
    expect(stdout).toContain('check --api-version and --base-url')
    expect(stdout + stderr).not.toMatch(/secret|pat-na1/)
    expect(code).toBe(1)
  })

  test.each([[[]], [['--json']]])('contains no credential, token or email address %j', async (more) => {
    const tokens: string[] = []
    simulator.respondWith({ token: 'visitor-token-secret' }, { status: 400, body: { message: `${EMAIL} refused` } })
    for (let round = 0; round < 3; round += 1) {
      const { stdout, stderr } = await runCli(doctorArgs(simulator, ...more))
      tokens.push(stdout + stderr)
    }
    // A JWT begins with `eyJ`. The third round gets a normal token of the simulator.
    for (const text of tokens) expect(text).not.toMatch(/secret|eyJ|refused/)
  })
})
