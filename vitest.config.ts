import { defineConfig } from 'vitest/config'

// Tests read the workspaces' TypeScript sources, so that a failing line is the line one edits.
const conditions = ['tacit-source', 'node', 'import', 'default']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }

const setupFiles = ['./test/support/equal-numbers.ts']
const NOT_OURS = ['**/dist/**', '**/node_modules/**']

export default defineConfig({
  ...source,
  test: {
    // The default leaves one core to the runner, of two.
    maxWorkers: '100%',
    unstubGlobals: true,
    unstubEnvs: true,
    projects: [
      {
        ...source,
        test: {
          name: 'unit',
          setupFiles,
          include: ['{shared,client,coordinator,simulations,test}/**/*.test.ts'],
          exclude: [...NOT_OURS, '**/*.isolated.test.ts', 'test/browser/**', 'test/slow/**'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // Files share their worker's modules: loading them anew for each of 290 files took a third of the time.
          isolate: false,
        },
      },
      {
        ...source,
        // Files that put something else in a module's place, which nobody else may meet.
        test: {
          name: 'isolated',
          setupFiles,
          include: ['{shared,client,coordinator,simulations,test}/**/*.isolated.test.ts'],
          exclude: NOT_OURS,
        },
      },
      {
        ...source,
        test: { name: 'browser', setupFiles, include: ['test/browser/**/*.test.ts'], testTimeout: 120_000 },
      },
      {
        ...source,
        test: { name: 'slow', setupFiles, include: ['test/slow/**/*.test.ts'], testTimeout: 300_000 },
      },
    ],
  },
})
