import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/once.ts'],
    // A busy machine is slow, not wrong; what never comes still fails.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 20_000 } },
    // Many tests wait for sockets: on two cores a third worker works meanwhile; more only make the timed ones wait.
    maxWorkers: 3,
    reporters: process.env.CI ? ['default', './test/support/counts.ts'] : ['default'],
  },
})
