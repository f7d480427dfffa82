// The README as data: its code blocks and tables, for the tests that hold it to the code.
import { readFileSync } from 'node:fs'

/** Stands for a pipe inside a cell while a row is cut at the others. */
const ESCAPED_PIPE = '\u2016'

const text = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The code blocks of one language, in order. */
export function codeBlocks(language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] ?? ''
  )
}

/** The rows of the table under a heading: the cells as text, a code cell without its backticks. */
export function tableUnder(heading: string): string[][] {
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  return rows.slice(2).map((row) =>
    row
      .replaceAll('\\|', ESCAPED_PIPE)
      .split('|')
      .slice(1, -1)
      .map((cell) =>
        cell
          .replaceAll(ESCAPED_PIPE, '|')
          .trim()
          .replace(/^`([^`]*)`$/, '$1')
      )
  )
}

/** The whole README. */
export function readme(): string {
  return text
}
