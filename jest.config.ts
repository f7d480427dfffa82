/** @jest-config-loader esbuild-register */
import type { Config } from 'jest'

/** Jest runs in its ESM mode, because node-fetch 3 and parse5 8 are ESM only. */
const config: Config = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/test/consumers/.*/', '<rootDir>/test/integrations/.*/'],
  transform: { '^.+\\.ts$': ['ts-jest', { useESM: true, diagnostics: false }] },
  // One at a time: real clocks, processes and browsers are at work, and they want a core of their own.
  maxWorkers: 1,
  // A worker that is begun anew now and then: ECMAScript modules in Jest are never given back.
  workerIdleMemoryLimit: '1GB',
  setupFilesAfterEnv: ['<rootDir>/test/support/real-time.ts', '<rootDir>/test/support/quiet-console.ts'],
  collectCoverageFrom: ['lib/**/*.ts', '!lib/**/*.d.ts'],
  coverageProvider: 'v8',
  testTimeout: 20_000
}

export default config
