import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    // A busy machine is slow, not wrong; what never comes still fails.
    expect: { poll: { timeout: 10_000 } },
    // Two cores: more workers than that only make the timed ones wait.
    maxWorkers: 2,
    reporters: process.env.CI ? ['default', './test/support/counts.ts'] : ['default'],
  },
})
