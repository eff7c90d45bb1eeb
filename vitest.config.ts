import { defineConfig } from 'vitest/config'

// Tests read the workspaces' TypeScript sources, so that a failing line is the line one edits.
const conditions = ['tacit-source', 'node', 'import', 'default']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  ...source,
  test: {
    // The default leaves one core to the runner, of two.
    maxWorkers: '100%',
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          include: ['{shared,client,coordinator,simulations,test}/**/*.test.ts'],
          exclude: ['**/dist/**', '**/node_modules/**', 'test/browser/**', 'test/slow/**'],
          testTimeout: 30_000,
        },
      },
      {
        ...source,
        test: { name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        ...source,
        test: { name: 'slow', include: ['test/slow/**/*.test.ts'], testTimeout: 300_000 },
      },
    ],
  },
})
