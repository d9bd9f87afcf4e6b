import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{bin,lib,core,functions,local,cli,bench,dashboard,test}/**/*.test.ts'],
    // All cores: much of the time is waiting for the clock and for processes. By default one would be left out.
    maxWorkers: '100%',
    testTimeout: 20_000,
    hookTimeout: 60_000,
    // The functions' own log lines are not the tests' result.
    env: { POWERTOOLS_LOG_LEVEL: 'SILENT' },
  },
});
