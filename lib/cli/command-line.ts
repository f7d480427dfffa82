// Parses arguments and environment into a command, or into one sentence that says what is wrong.
import { parseArgs } from 'node:util'
import { type DoctorCommand, readDoctorCommand } from './doctor-settings.js'
import { COMMANDS, FLAGS, judgeCommand, judgeFlag, judgeFlagOf } from './flags.js'
import type { SimulatorCommand } from './simulator.js'
import { readSimulatorCommand } from './simulator-settings.js'
import { WrongUsage } from './wrong-usage.js'

/** The parsed command line. */
export type Command =
  | { readonly kind: 'help' | 'version' }
  | { readonly kind: 'wrong'; readonly message: string }
  | { readonly kind: 'doctor'; readonly settings: DoctorCommand; readonly json: boolean; readonly noColour: boolean }
  | { readonly kind: 'simulator'; readonly settings: SimulatorCommand }

/** Reads the command line; never throws. */
export function readCommandLine(argv: readonly string[], env: NodeJS.ProcessEnv): Command {
  const { values, positionals, tokens } = parseArgs({
    args: [...argv],
    options: FLAGS,
    strict: false,
    allowPositionals: true,
    tokens: true
  })
  const flags = tokens.filter((token) => token.kind === 'option')
  const wrongFlag = flags.map(judgeFlag).find((problem) => problem !== undefined)
  if (wrongFlag) return { kind: 'wrong', message: wrongFlag }
  const [word, ...extra] = positionals
  if (values.help || word === 'help') return { kind: 'help' }
  if (values.version) return { kind: 'version' }
  if (word === undefined)
    return { kind: 'wrong', message: `No command was given; there are "${COMMANDS.join('" and "')}".` }
  const command = COMMANDS.find((name) => name === word)
  if (command === undefined) return { kind: 'wrong', message: judgeCommand(word) }
  if (extra.length > 0) {
    return { kind: 'wrong', message: `${command} takes flags only; an argument without one was given.` }
  }
  const foreignFlag = flags.map(({ name }) => judgeFlagOf(command, name)).find((problem) => problem !== undefined)
  if (foreignFlag) return { kind: 'wrong', message: foreignFlag }
  try {
    if (command === 'simulator') return { kind: 'simulator', settings: readSimulatorCommand((flag) => values[flag]) }
    return {
      kind: 'doctor',
      settings: readDoctorCommand((flag) => values[flag], env),
      json: values.json === true,
      noColour: values['no-color'] === true
    }
  } catch (thrown) {
    if (!(thrown instanceof WrongUsage)) throw thrown
    return { kind: 'wrong', message: thrown.message }
  }
}
