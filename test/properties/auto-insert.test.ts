// Any HTML, also malformed: the place for the snippet found by parsing a part is the one found by parsing the whole page.
import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parse } from 'parse5'
import { findPlace } from '../../lib/page/auto-insert.js'

const piece = fc.constantFrom(
  ...['<!doctype html>', '<html>', '<head>', '</head>', '</HEAD >', '</head x=">">', '</head', '</header>', '<body>'],
  ...['</body>', '</html>', '<title>', '</title>', '<script>', '</script>', '<style>', '</style>', '<!--', '-->', '>'],
  ...['<noscript>', '</noscript>', '<template>', '</template>', '<textarea>', '</textarea>', '<svg>', '</svg>'],
  ...['<img src="</head>">', '<frameset>', '</br>', '<p>', 'text', ' ', '"', "'", '\ufeff', '<![CDATA[', ']]>', '\0']
)

/** The place, found by parsing the whole page. */
function placeInWhole(html: string): number | undefined {
  if (!/<\/(head|body)/i.test(html)) return undefined
  const document = parse(`${html.replace(/^\ufeff/, ' ')}<p>`, { sourceCodeLocationInfo: true })
  const root = document.childNodes.find((node) => node.nodeName === 'html')
  if (!root || !('childNodes' in root)) return undefined
  const endOf = (name: string) => {
    const node = root.childNodes.find(({ nodeName }) => nodeName === name)
    return node && 'tagName' in node ? node.sourceCodeLocation?.endTag?.startOffset : undefined
  }
  return endOf('head') ?? endOf('body')
}

test('the place found in the first part is the place in the whole page', () => {
  let found = 0
  fc.assert(
    fc.property(fc.boolean(), fc.array(piece, { maxLength: 20 }), (isProper, pieces) => {
      const html = `${isProper ? '<!doctype html><html><head>' : ''}${pieces.join('')}`
      const place = findPlace(html, parse)
      if (place !== undefined) found += 1
      expect(place).toBe(placeInWhole(html))
    }),
    { numRuns: 5000 }
  )
  expect(found).toBeGreaterThan(100)
})
