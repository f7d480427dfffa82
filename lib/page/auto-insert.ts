// Puts the snippet into full HTML pages sent with res.send, once, when no view printed it; a page that cannot be parsed is not changed.
import type { Request, Response } from 'express'
import type { DefaultTreeAdapterMap } from 'parse5'

type Element = DefaultTreeAdapterMap['element']
type Parse5 = typeof import('parse5')

/** What is inserted; called only when there is a place for it. */
export type Insertion = {
  /** Whether a view printed the snippet, or its settings, into this page itself. */
  isPrintedIn(html: string): boolean
  snippet(): string
}

/** Prepares a response, so that a page sent on it gets the snippet. */
export type AutoInsert = (req: Request, res: Response, insertion: Insertion) => void

/** What will be put into each response. Shared by all instances, so that a page gets one snippet: that of the last instance. */
const insertions = new WeakMap<Response, Insertion>()

/** Statuses whose body is empty or a part. */
const WITHOUT_PAGE = new Set([204, 205, 206, 304])

/** Loads the HTML parser, which only apps with `autoInsert` need, and gives the function that prepares responses. */
export async function loadAutoInsert(): Promise<AutoInsert> {
  const { parse } = await import('parse5')

  return function autoInsert(req, res, insertion) {
    if (req.method !== 'GET') return
    const isPrepared = insertions.has(res)
    insertions.set(res, insertion)
    if (isPrepared) return
    const send = res.send
    res.send = function sendWithSnippet(this: Response, ...args: unknown[]) {
      const [body, ...rest] = args
      // Express 4 also takes a status beside the body. Reading the snippet counts as printing it, so it comes once.
      if (rest.length > 0 || typeof body !== 'string' || !isPage(res)) return send.apply(this, args as [unknown])
      return send.call(this, withSnippet(res, body, insertions.get(res) ?? insertion, parse))
    }
  }
}

/** Whether the response is HTML that a browser shows: not an attachment, not compressed yet. */
function isPage(res: Response): boolean {
  if (WITHOUT_PAGE.has(res.statusCode)) return false
  const type = res.getHeader('Content-Type')
  if (type !== undefined && !/^\s*text\/html\b/i.test(String(type))) return false
  if (res.hasHeader('Content-Encoding') || res.headersSent) return false
  return !/^\s*attachment/i.test(String(res.getHeader('Content-Disposition') ?? ''))
}

function withSnippet(res: Response, html: string, insertion: Insertion, parse: Parse5['parse']): string {
  if (insertion.isPrintedIn(html)) return html
  const at = findPlace(html, parse)
  if (at === undefined) return html
  const snippet = insertion.snippet()
  if (!snippet) return html
  // These describe the page without the snippet; Express sets ETag and Content-Length again.
  res.removeHeader('ETag')
  res.removeHeader('Last-Modified')
  res.removeHeader('Content-Length')
  return html.slice(0, at) + snippet + html.slice(at)
}

/**
 * The offset of the head's end tag, else of the body's, as a browser's parser finds them: not of a tag in a script or a comment.
 * Exported for tests.
 */
export function findPlace(html: string, parse: Parse5['parse']): number | undefined {
  // A browser drops a byte order mark before it parses; a space keeps the places where they are.
  const page = html.replace(/^\ufeff/, ' ')
  // A quick check first: a fragment of HTML has neither.
  if (!/<\/(head|body)/i.test(page)) return undefined
  try {
    // Only the text before it decides where the head ends. Parsing a whole page of 100 KB takes 20 ms.
    const placeInHead = endsIn(untilHeadEnd(page), parse).head
    if (placeInHead !== undefined) return placeInHead
    const { head, body } = endsIn(page, parse)
    return head ?? body
  } catch {
    return undefined
  }
}

/** The page up to the first text that looks like the end of its head. */
function untilHeadEnd(page: string): string {
  const start = page.search(/<\/head[\s/>]/i)
  return start === -1 ? '' : page.slice(0, page.indexOf('>', start) + 1)
}

/** Where the end tags of head and body begin, if they have any. */
function endsIn(page: string, parse: Parse5['parse']): { head: number | undefined; body: number | undefined } {
  // Of a head that is still open inside a template, parse5 reports the last tag of the page as the end; <p> is added to be that tag.
  const root = parse(`${page}<p>`, { sourceCodeLocationInfo: true }).childNodes.find(isElement('html'))
  const endOf = (name: string) => root?.childNodes.find(isElement(name))?.sourceCodeLocation?.endTag?.startOffset
  return { head: endOf('head'), body: endOf('body') }
}

function isElement(name: string) {
  return (node: DefaultTreeAdapterMap['childNode']): node is Element => node.nodeName === name
}
