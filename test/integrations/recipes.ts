// The code blocks of docs/ that are files of integrations: each has its file name after the language.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const DOCS = resolve('docs')

/** A block of a page: its file below test/integrations/, and its text. */
export type Recipe = { readonly page: string; readonly path: string; readonly code: string }

/** A block without a file name, and its page. */
export type OtherBlock = { readonly page: string; readonly info: string; readonly code: string }

function blocks(): OtherBlock[] {
  const pages = readdirSync(DOCS).filter((name) => name.endsWith('.md'))
  return pages.flatMap((page) => {
    const text = readFileSync(join(DOCS, page), 'utf8')
    return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', code = '']) => ({ page, info, code }))
  })
}

/** The recipes of these folders; of all if none is named. */
export function recipesOf(names?: readonly string[]): Recipe[] {
  return blocks().flatMap(({ page, info, code }) => {
    const path = info.split(' ')[1]
    const isWanted = path && (!names || names.includes(path.split('/')[0] ?? ''))
    return isWanted ? [{ page, path, code }] : []
  })
}

/** The blocks that are not run. */
export function otherBlocks(): OtherBlock[] {
  return blocks().filter(({ info }) => !info.includes(' '))
}
