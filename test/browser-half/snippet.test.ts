// The snippet's script in a real browser: above and below the embed code, and on swapped pages.
import { expect, test } from '@jest/globals'
import { INLINE_SCRIPT } from '../../lib/page/browser-code.js'
import { describeWithChromium } from '../support/chromium.js'
import { useBrowser } from './harness.js'
import { answers, tags } from './site.js'

describeWithChromium("the snippet's script", () => {
  const { site, open } = useBrowser()

  /** The settings of a user, with a token that the simulator accepts. */
  async function settingsOf(name: string, token = `${name}-1`): Promise<object> {
    site().endpoint = answers.identified(name, token)
    const { identificationEmail, identificationToken } = (await (
      await fetch(`${site().url}/hubspot/token`)
    ).json()) as {
      [key: string]: string
    }
    return { identificationEmail, identificationToken }
  }
  const call = (settings: object): string =>
    `(${INLINE_SCRIPT})(JSON.parse(${JSON.stringify(JSON.stringify(settings))}))`

  test('above the embed code identifies the first load of the chat', async () => {
    const { untilChatIs, calls } = await open(`<script>${call(await settingsOf('ann'))}</script>${tags.hubspot}`)
    await untilChatIs('ann@example.com')
    expect(await calls()).toEqual([])
  })

  test('below the embed code identifies a widget that is already loading', async () => {
    const { untilChatIs } = await open(`<script src="/widget.js"></script>
      <script>${call(await settingsOf('ann'))}</script>`)
    await untilChatIs('ann@example.com')
  })

  test('on a swapped page shows the user of the new page, or nobody', async () => {
    const { page, untilChatIs, converse, isConversing } = await open(
      `<script>${call(await settingsOf('ann'))}</script>${tags.hubspot}`
    )
    await untilChatIs('ann@example.com')
    await converse()
    await page.evaluate(call(await settingsOf('bob')))
    await untilChatIs('bob@example.com')
    expect(await isConversing()).toBe(false)
    await page.evaluate(call({}))
    await untilChatIs('nobody')
  })

  test('keeps the conversation when the swapped page has a new token of the same person', async () => {
    const { page, untilChatIs, converse, isConversing, calls } = await open(
      `<script>${call(await settingsOf('ann'))}</script>${tags.hubspot}`
    )
    await untilChatIs('ann@example.com')
    await converse()
    await page.evaluate(call(await settingsOf('ann', 'ann-2')))
    await untilChatIs('ann@example.com')
    expect(await calls()).toEqual(['refresh {"setIdentification":true}'])
    expect(await isConversing()).toBe(true)
  })
})
