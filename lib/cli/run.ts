// One run of the command line, from arguments to exit code.
import { VERSION } from '../mint/version.js'
import { type Command, readCommandLine } from './command-line.js'
import { examine } from './doctor.js'
import { HELP, NAME } from './help.js'
import { examinePage } from './page/examine-page.js'
import { renderJson, renderText } from './report.js'
import type { RunContext } from './run-context.js'
import { runSimulator } from './simulator.js'

const TIMEOUT_MS = 10_000

/** Runs the command line and gives the exit code: 0 all is well, 1 something failed, 2 wrong usage. */
export async function run(argv: readonly string[], context: RunContext): Promise<0 | 1 | 2> {
  const { env, stdout, stderr } = context
  const command = readCommandLine(argv, env)
  switch (command.kind) {
    case 'help':
      stdout.write(HELP)
      return 0
    case 'version':
      stdout.write(`${VERSION}\n`)
      return 0
    case 'wrong':
      stderr.write(`${NAME}: ${command.message} Run "npx ${NAME} --help" for help.\n`)
      return 2
    case 'simulator':
      return runSimulator(command.settings, context)
    case 'doctor':
      return runDoctor(command, context)
  }
}

async function runDoctor(command: Command & { kind: 'doctor' }, context: RunContext): Promise<0 | 1> {
  const { env, stdout, isTTY, now, fetch = globalThis.fetch, timeoutMs = TIMEOUT_MS } = context
  const { account, page } = command.settings
  const found = await Promise.all([
    account ? examine(account, { env, now, fetch, timeoutMs }) : [],
    page ? examinePage(page, timeoutMs) : []
  ])
  const checks = found.flat()
  const withColour = isTTY && !command.noColour && !env['NO_COLOR']
  stdout.write(command.json ? renderJson(checks) : renderText(checks, withColour))
  return checks.some(({ status }) => status === 'failed') ? 1 : 0
}
