// The option autoInsert: inserts the snippet into full HTML pages sent with res.send, unless a view printed it. A page without a certain
// place for it is not changed.
import type { Request, Response } from 'express'
import type { DefaultTreeAdapterMap } from 'parse5'

type Element = DefaultTreeAdapterMap['element']
type Parse5 = typeof import('parse5')

/** What is inserted into a response. */
export type Insertion = {
  /** Whether a view printed the snippet, or its settings, into this page itself. */
  isPrintedIn(html: string): boolean
  /** Called only when there is a place for it. */
  snippet(): string
}

/** Prepares a response, so that a page sent with it gets the snippet. */
export type AutoInsert = (req: Request, res: Response, insertion: Insertion) => void

/** By response. Shared by all instances, so that a page gets one snippet: that of the last instance. */
const insertions = new WeakMap<Response, Insertion>()

/** Statuses of responses with an empty or partial body. */
const WITHOUT_PAGE = new Set([204, 205, 206, 304])

/** Loads the HTML parser, which is needed only with `autoInsert`, and gives the function that prepares responses. */
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
      // Express 4 also accepts a status as a second argument; such calls are passed on as they are.
      if (rest.length > 0 || typeof body !== 'string' || !isPage(res)) return send.apply(this, args as [unknown])
      return send.call(this, withSnippet(res, body, insertions.get(res) ?? insertion, parse))
    }
  }
}

/** Whether the response is an HTML page: no attachment, and not compressed yet. */
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
  // They describe the page without the snippet. Express sets ETag and Content-Length again.
  res.removeHeader('ETag')
  res.removeHeader('Last-Modified')
  res.removeHeader('Content-Length')
  return html.slice(0, at) + snippet + html.slice(at)
}

/**
 * The offset of `</head>`, else of `</body>`, as an HTML parser finds it: the same text in a script, a comment, a title or a textarea does
 * not count, because a snippet there could be script injection. Exported for tests.
 */
export function findPlace(html: string, parse: Parse5['parse']): number | undefined {
  // Browsers drop a byte order mark before they parse. A space in its place keeps the offsets.
  const page = html.replace(/^\ufeff/, ' ')
  // A quick check first: HTML fragments have neither.
  if (!/<\/(head|body)/i.test(page)) return undefined
  try {
    // The part up to the first `</head>` is usually enough, and parsing a page of 100 KB takes 20 ms.
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

/** The offsets of `</head>` and `</body>`; `undefined` where the page has none. */
function endsIn(page: string, parse: Parse5['parse']): { head: number | undefined; body: number | undefined } {
  // If a template in the head is not closed, parse5 reports the last tag of the page as the end of the head. <p> is added as that tag.
  const root = parse(`${page}<p>`, { sourceCodeLocationInfo: true }).childNodes.find(isElement('html'))
  const endOf = (name: string) => root?.childNodes.find(isElement(name))?.sourceCodeLocation?.endTag?.startOffset
  return { head: endOf('head'), body: endOf('body') }
}

function isElement(name: string) {
  return (node: DefaultTreeAdapterMap['childNode']): node is Element => node.nodeName === name
}
