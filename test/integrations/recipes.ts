// The code blocks of docs/ that are files of the integrations: each block names its file behind the language.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const DOCS = resolve('docs')

/** A block of a docs page: its file, below test/integrations/, and its text. */
export type Recipe = { readonly page: string; readonly path: string; readonly code: string }

/** A block that is no file, by the page it stands on. */
export type OtherBlock = { readonly page: string; readonly info: string; readonly code: string }

function blocks(): OtherBlock[] {
  const pages = readdirSync(DOCS).filter((name) => name.endsWith('.md'))
  return pages.flatMap((page) => {
    const text = readFileSync(join(DOCS, page), 'utf8')
    return [...text.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, info = '', code = '']) => ({ page, info, code }))
  })
}

/** The recipes of these folders; of all of them without names. */
export function recipesOf(names?: readonly string[]): Recipe[] {
  return blocks().flatMap(({ page, info, code }) => {
    const path = info.split(' ')[1]
    const isWanted = path && (!names || names.includes(path.split('/')[0] ?? ''))
    return isWanted ? [{ page, path, code }] : []
  })
}

/** The blocks that nothing runs. */
export function otherBlocks(): OtherBlock[] {
  return blocks().filter(({ info }) => !info.includes(' '))
}
