// Prints the checks: as lines of text, or as JSON.
import { styleText } from 'node:util'
import type { Check, CheckStatus } from './check.js'

const MARKS: Record<CheckStatus, { mark: string; colour: 'green' | 'red' | 'yellow' | 'gray' }> = {
  ok: { mark: '✔', colour: 'green' },
  failed: { mark: '✖', colour: 'red' },
  warning: { mark: '!', colour: 'yellow' },
  skipped: { mark: '–', colour: 'gray' }
}

/** One line per check: a mark, what was found, and what to do; then a summary line. */
export function renderText(checks: readonly Check[], withColour: boolean): string {
  // The caller has decided whether to use colours; by default, newer versions of Node check their own stdout again.
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    withColour ? styleText(style, text, { validateStream: false }) : text
  const lines = checks.map(({ status, message, hint }) => {
    const { mark, colour } = MARKS[status]
    return `${paint(colour, mark)} ${message}${hint ? ` ${paint('bold', hint)}` : ''}`
  })
  return `${[...lines, '', sumUp(checks)].join('\n')}\n`
}

/** The checks as a JSON array of `{ id, status, message, hint? }`. */
export function renderJson(checks: readonly Check[]): string {
  return `${JSON.stringify(checks, null, 2)}\n`
}

function sumUp(checks: readonly Check[]): string {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length
  const warnings = count('warning') === 0 ? '' : `, ${count('warning')} to look at`
  const failures = count('failed')
  if (failures > 0) return `${failures} of ${checks.length} checks failed${warnings}.`
  // The page of a guest passes without a snippet, so the summary also counts the skipped checks.
  const unchecked = count('skipped') === 0 ? '' : `, ${count('skipped')} not checked`
  return `All is well${warnings}${unchecked}.`
}
