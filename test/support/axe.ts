// axe-core on a page: https://github.com/dequelabs/axe-core. All of its rules for WCAG and good practice, of every severity.
import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

/** What axe has against the page, or the part of it that a selector names, one line for each element; evaluated in the page, so that no policy of the page is in the way. */
export async function violationsOf(page: Page, part = 'html'): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations, passes } = await page.evaluate(
    (selector) => (globalThis as unknown as { axe: { run(part: string): Promise<AxeResults> } }).axe.run(selector),
    part
  )
  if (passes.length === 0) throw new Error(`axe looked at nothing on ${page.url()}`)
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(
      ({ html, failureSummary }) => `${id} (${impact}): ${html.slice(0, 200)} ${failureSummary?.replace(/\s+/g, ' ')}`
    )
  )
}
