// README, CONTRIBUTING and the pages of docs/ as data (code blocks, tables, headings, links), for tests that compare them with the code.
import { readdirSync, readFileSync } from 'node:fs'
import { posix, resolve } from 'node:path'

/** One document: its path from the root of the repository, and its text. */
export type Document = { readonly path: string; readonly text: string }

/** A fenced code block. `file` is the name after the language, as the recipes of test/integrations/ have it. */
export type Block = {
  readonly page: string
  readonly language: string
  readonly file: string | undefined
  readonly code: string
}

/** A link on a page, as it is written. */
export type Link = { readonly page: string; readonly target: string }

const ROOT = resolve('.')

/** Replaces a pipe in a cell while the row is split at the others. */
const ESCAPED_PIPE = '\u2016'

const FENCED = /^```(.*)\n([\s\S]*?)^```$/gm

/** One file of the repository. */
export function readDocument(path: string): Document {
  return { path, text: readFileSync(resolve(ROOT, path), 'utf8') }
}

/** The pages of docs/. */
export const PAGES: readonly Document[] = readdirSync(resolve(ROOT, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => readDocument(`docs/${name}`))

/** All documents for users: the README first. */
export const DOCUMENTS: readonly Document[] = [readDocument('README.md'), ...PAGES]

/** The document for contributors. */
export const CONTRIBUTING: Document = readDocument('CONTRIBUTING.md')

/** A document that users or contributors read. */
export function documentAt(path: string): Document {
  const found = [...DOCUMENTS, CONTRIBUTING].find((document) => document.path === path)
  if (!found) throw new Error(`There is no ${path}.`)
  return found
}

/** The code blocks of a document, in order. */
export function blocksOf({ path, text }: Document): Block[] {
  return [...text.matchAll(FENCED)].map(([, info = '', code = '']) => {
    const [language = '', file] = info.split(' ')
    return { page: path, language, file, code }
  })
}

/** A document without its code blocks. */
export function proseOf({ text }: Document): string {
  return text.replace(FENCED, '')
}

/** All code in a document: its blocks, and the text between backticks. */
export function codeOf(document: Document): string {
  const inline = [...proseOf(document).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)
  return [...blocksOf(document).map(({ code }) => code), ...inline].join('\n')
}

/** The rows of the table with this first heading: the cells as text; a cell that is all code without its backticks. */
export function tableOf(path: string, firstHead: string): string[][] {
  const lines = proseOf(documentAt(path)).split('\n')
  const head = lines.findIndex((line) => line.startsWith(`| ${firstHead} |`))
  if (head < 0) throw new Error(`${path} has no table that begins with "${firstHead}".`)
  const end = lines.findIndex((line, at) => at > head && !line.startsWith('|'))
  return lines.slice(head + 2, end < 0 ? undefined : end).map(cellsOf)
}

function cellsOf(row: string): string[] {
  return row
    .replaceAll('\\|', ESCAPED_PIPE)
    .split('|')
    .slice(1, -1)
    .map((cell) =>
      cell
        .replaceAll(ESCAPED_PIPE, '|')
        .trim()
        .replace(/^`([^`]*)`$/, '$1')
    )
}

/** All pieces of code in a text: `` `a`, `b` `` gives both. */
export function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** The links and images of a document. */
export function linksOf(document: Document): Link[] {
  // Links in code do not count.
  const text = proseOf(document).replace(/`[^`\n]+`/g, '')
  return [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = '']) => ({ page: document.path, target }))
}

/** The target of a relative link: a path from the root of the repository, and perhaps an anchor. */
export function destinationOf({ page, target }: Link): { path: string; anchor: string | undefined } {
  const [path = '', anchor] = target.split('#')
  return { path: path === '' ? page : posix.join(posix.dirname(page), path), anchor }
}

/** The anchors that GitHub makes of the headings of a document. */
export function anchorsOf(document: Document): string[] {
  const headings = [...proseOf(document).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading)
  const seen = new Map<string, number>()
  return headings.map((heading) => {
    const anchor = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    const count = seen.get(anchor) ?? 0
    seen.set(anchor, count + 1)
    return count === 0 ? anchor : `${anchor}-${count}`
  })
}
