import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { afterAll, vi } from 'vitest';

// Runs before each test file. Files that run in one process, one after another, share the packages that it has loaded and nothing
// else. Each file loads Hawser's own modules anew, and finds the environment and the machine's name lookup unchanged.
vi.resetModules();
const { lookup } = dns;
const environment = { ...process.env };

afterAll(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  dns.lookup = lookup;
  syncBuiltinESMExports();
});
