// In CI a failed test is repeated, because a busy machine can make tests with real clocks fail. The first error is printed.
import { jest } from '@jest/globals'

if (process.env['CI']) jest.retryTimes(2, { logErrorsBeforeRetry: true })
