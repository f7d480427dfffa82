// The flags of the commands, and the messages about wrong flags and commands.
import { closestMatch } from 'leven'

/** The commands. */
export const COMMANDS = ['doctor', 'simulator'] as const

/** The name of a command. */
export type CommandName = (typeof COMMANDS)[number]

/** The options of Node's `parseArgs`. `of` is the command that takes the flag; without `of`, every command takes it. */
export const FLAGS = {
  email: { type: 'string', of: 'doctor' },
  page: { type: 'string', of: 'doctor' },
  cookie: { type: 'string', of: 'doctor' },
  'base-url': { type: 'string', of: 'doctor' },
  'api-version': { type: 'string', of: 'doctor' },
  region: { type: 'string', of: 'doctor' },
  'portal-id': { type: 'string' },
  port: { type: 'string', of: 'simulator' },
  json: { type: 'boolean', of: 'doctor' },
  'no-color': { type: 'boolean', of: 'doctor' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' }
} as const satisfies Record<string, Flag>

/** A flag's name, without its dashes. */
export type FlagName = keyof typeof FLAGS

type Flag = { readonly type: 'string' | 'boolean'; readonly short?: string; readonly of?: CommandName }

/** A flag as parseArgs found it. */
export type GivenFlag = { readonly name: string; readonly rawName: string; readonly value?: string | undefined }

/** Only a plain word may be printed. Anything else could be a credential in the wrong place. */
const PLAIN_WORD = /^[a-z]+(-[a-z]+)*$/i
const MAX_WORD_LENGTH = 24

/** Says what is wrong with a flag, whatever the command. */
export function judgeFlag({ name, rawName, value }: GivenFlag): string | undefined {
  if (!isFlag(name)) {
    if (/token|key|secret|password/i.test(name)) {
      return 'The credential is read from HUBSPOT_ACCESS_TOKEN only: others can see a command line.'
    }
    return `Unknown flag${echo(name, rawName.startsWith('--') ? '--' : '-')}. ${suggestFlag(name)}`
  }
  const takesValue = FLAGS[name].type === 'string'
  if (takesValue && !value) return `--${name} needs a value.`
  if (!takesValue && value !== undefined) return `--${name} takes no value.`
  return undefined
}

/** Says which command a flag belongs to, if it is another one. */
export function judgeFlagOf(command: CommandName, name: string): string | undefined {
  const flag: Flag | undefined = isFlag(name) ? FLAGS[name] : undefined
  if (flag?.of === undefined || flag.of === command) return undefined
  return `--${name} is a flag of "${flag.of}", not of "${command}".`
}

/** The message for an unknown command. */
export function judgeCommand(word: string): string {
  return `Unknown command${echo(word)}. ${didYouMean(word, [...COMMANDS, 'help']) ?? `There are "${COMMANDS.join('" and "')}".`}`
}

function isFlag(name: string): name is FlagName {
  return Object.hasOwn(FLAGS, name)
}

function echo(word: string, prefix = ''): string {
  return word.length <= MAX_WORD_LENGTH && PLAIN_WORD.test(word) ? ` "${prefix}${word}"` : ''
}

function suggestFlag(word: string): string {
  const names = Object.keys(FLAGS)
  return didYouMean(word, names, '--') ?? `The flags are ${names.map((name) => `--${name}`).join(', ')}.`
}

function didYouMean(word: string, known: readonly string[], prefix = ''): string | undefined {
  const nearest = closestMatch(word.toLowerCase().slice(0, MAX_WORD_LENGTH), known, {
    maxDistance: Math.max(2, Math.floor(word.length / 2))
  })
  return nearest && `Did you mean "${prefix}${nearest}"?`
}
