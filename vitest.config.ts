import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{bin,lib,core,functions,local,bench,test}/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // The functions' own log lines are not the tests' result.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT' },
  },
});
