// Checks the links of README and docs/: files, anchors, and the table of contents.
import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { anchorsOf, DOCUMENTS, destinationOf, documentAt, linksOf, PAGES, readDocument } from '../support/documents.js'

const others = ['CHANGELOG.md', 'CONTRIBUTING.md', '.github/SECURITY.md'].map(readDocument)
const relative = [...DOCUMENTS, ...others].flatMap(linksOf).filter(({ target }) => !/^[a-z]+:/.test(target))

test('every relative link has a target file', () => {
  expect(relative.length).toBeGreaterThan(40)
  expect(relative.filter((link) => !existsSync(destinationOf(link).path))).toEqual([])
})

test('every anchor has a heading', () => {
  const withAnchor = relative.filter(({ target }) => target.includes('#'))
  expect(withAnchor.length).toBeGreaterThan(10)
  const broken = withAnchor.filter((link) => {
    const { path, anchor } = destinationOf(link)
    return anchor === undefined || !anchorsOf(readDocument(path)).includes(anchor)
  })
  expect(broken).toEqual([])
})

test('the contents of the README link every page of docs/', () => {
  const contents = documentAt('README.md').text.split(/^## Documentation$/m)[1] ?? ''
  const named = linksOf({ path: 'README.md', text: contents }).map(({ target }) => target)
  expect(PAGES.map(({ path }) => path).filter((path) => !named.includes(path))).toEqual([])
})

test('the files that README and docs/ link to are in the package, except images', () => {
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] }
  // npm always packs these.
  const packed = [...files, 'README.md', 'LICENSE', 'package.json']
  const links = DOCUMENTS.flatMap(linksOf).filter(({ target }) => !/^[a-z]+:/.test(target) && !target.endsWith('.png'))
  const missing = links.filter((link) => {
    const { path } = destinationOf(link)
    return !packed.some((name) => path === name || path.startsWith(`${name}/`))
  })
  expect(missing).toEqual([])
})
