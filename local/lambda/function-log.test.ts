import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { FunctionLog } from './function-log.ts';

test('a deleted log file is created again by the next line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hawser-log-'));
  const log = new FunctionLog(folder, 'probe');
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  log.countBytes(20 * 1024 * 1024);
  expect(log.generation).toBe(1);
  rmSync(folder, { recursive: true });
  log.appendPlatformLine('lost');
  expect(stderr.mock.calls.map(([line]) => line)).toEqual([
    expect.stringContaining(log.path),
    expect.stringContaining('ENOENT'),
  ]);
  const next = new FunctionLog(folder, 'probe');
  next.appendPlatformLine('kept');
  expect(readFileSync(next.path, 'utf8')).toBe('kept\n');
  stderr.mockRestore();
  rmSync(folder, { recursive: true });
});
