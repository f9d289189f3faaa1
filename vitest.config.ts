import { defineConfig } from 'vitest/config'
import { CountReporter } from './checks/count-reporter.ts'

/**
 * One run for everything. Files ending in `.db.test.ts` clone a database from a template (see
 * server/test/database.ts); the cluster itself is started once per run by the global setup.
 */
export default defineConfig({
  // graphql has two builds that must not meet; Node takes this one, also inside the packages we depend on.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.owlie/**', '**/dist/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    globalSetup: ['server/test/global-setup.ts'],
    pool: 'forks',
    // Stories kill real processes and drive a real browser on whatever machine this is; in CI one of them may try once
    // more, and vitest then says so. At a desk nothing is retried.
    retry: process.env['CI'] ? 1 : 0,
    maxWorkers: 2,
    reporters: ['default', new CountReporter()],
  },
})
