// What CI allows for: a machine that stands still for a moment. A test that fails is tried again there, and says so.
import { jest } from '@jest/globals'

if (process.env['CI']) jest.retryTimes(2, { logErrorsBeforeRetry: true })
