// How the checks are printed: lines with a mark for people, an array for machines.
import { styleText } from 'node:util'
import type { Check, CheckStatus } from './check.js'

const MARKS: Record<CheckStatus, { mark: string; colour: 'green' | 'red' | 'yellow' | 'gray' }> = {
  ok: { mark: '✔', colour: 'green' },
  failed: { mark: '✖', colour: 'red' },
  warning: { mark: '!', colour: 'yellow' },
  skipped: { mark: '–', colour: 'gray' }
}

/** One line per check: a mark, what was found, and what to do; then one line that sums up. */
export function renderText(checks: readonly Check[], withColour: boolean): string {
  // Whether colours are wanted was decided by the caller: newer Node would ask its own stdout again.
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
  // A page without a snippet passes for a guest, so what was not checked must not be overlooked.
  const unchecked = count('skipped') === 0 ? '' : `, ${count('skipped')} not checked`
  return `All is well${warnings}${unchecked}.`
}
