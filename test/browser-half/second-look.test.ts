// `load` is repeated after a second if HubSpot dropped the call, and not if the app has removed the widget meanwhile.
import { expect, test } from '@jest/globals'
import { describeWithChromium } from '../support/chromium.js'
import { useBrowser } from './harness.js'
import { tags } from './site.js'

const STOP = 'hubspotIdentification.chat.stop()'

describeWithChromium('the repeated load', () => {
  const { open } = useBrowser()

  test.each([
    ['that was stopped', STOP, ''],
    ['that is not stopped', '0', ''],
    ['that was stopped, where the build has no `pending`', STOP, 'noPending = true']
  ])('does not happen when the app removes the widget right after the load of a chat %s', async (_, before, build) => {
    const { page, untilChatIs, calls } = await open(`<script>${build}</script>${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await page.evaluate(`${before}; calls.length = 0; HubSpotConversations.widget.remove()`)
    await page.clock.runFor(5000)
    expect(await calls()).toEqual(['remove'])
  })

  test.each([
    ['happens when HubSpot dropped a load that came too soon', '0', ['remove', 'load {}', 'load {}']],
    ['does not happen for a chat that was stopped', STOP, ['remove', 'load {}']]
  ])('%s', async (_, after, expected) => {
    const { page, untilChatIs, calls } = await open(`${tags.chat}${tags.hubspot}`)
    await untilChatIs('nobody')
    await page.clock.pauseAt(Date.now() + 10_000)
    await page.evaluate('HubSpotConversations.widget.remove(); HubSpotConversations.widget.load()')
    await untilChatIs('nobody')
    await page.evaluate('calls.length = 0; HubSpotConversations.widget.remove(); hubspotIdentification.chat.refresh()')
    await page.evaluate(after)
    await page.clock.runFor(5000)
    expect((await calls()).filter((call) => call !== 'refresh')).toEqual(expected)
  })
})
