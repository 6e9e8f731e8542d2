import { defineConfig } from 'vitest/config';

/** Two tiers: `unit` needs only Node; `engines` drives real programs (scripts/engines.sh installs them). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/engines/**'],
          setupFiles: ['test/setup.ts'],
          // Long properties need long tests.
          testTimeout: process.env.PULL_BUDGET_FULL ? 900_000 : 30_000,
        },
      },
      {
        test: {
          name: 'engines',
          include: ['test/engines/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          // Engines mount, listen and fill disks: one file at a time.
          fileParallelism: false,
        },
      },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**'],
      exclude: ['src/content/gzip/assembly/**'],
      reporter: ['text-summary', 'html'],
    },
  },
});
