import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Writes until it hears of a loss, makes room and goes on. It says how often it heard, and how many lines had not got in then. */
const source = `
  import { statSync, truncateSync } from 'node:fs';
  const { WorkerLog } = await import(process.env.MODULE);
  const path = process.env.LOG;
  let losses = 0;
  const log = new WorkerLog(path, () => { losses += 1; });
  const line = 'x'.repeat(99) + '\\n';
  let lines = 0;
  for (; losses === 0; lines += 1) log.write(line);
  const lost = Math.ceil((lines * line.length - statSync(path).size) / line.length);
  log.write(line);
  truncateSync(path, statSync(path).size - 1050);
  log.write('first\\n');
  log.write('second\\n');
  console.log(losses, lost, log.takeBytes() - 1050 === statSync(path).size);`;

test('a line that a full disk cut is reported as a loss, and the next line is not appended to its half', () => {
  const folder = mkdtempSync(join(tmpdir(), 'hawser-log-'));
  const [script, path] = [join(folder, 'write.mjs'), join(folder, 'probe.log')];
  writeFileSync(script, source);
  const environment = { ...process.env, MODULE: new URL('log.ts', import.meta.url).href, LOG: path };
  // A limit on the size of files acts as a full disk does: the write that meets it is cut, and only the next one is refused.
  const said = execFileSync('sh', ['-c', 'ulimit -f 8; exec "$0" "$1"', process.execPath, script], {
    env: environment,
  });
  expect(String(said)).toBe('1 1 true\n');
  const lines = readFileSync(path, 'utf8').split('\n');
  expect(lines.slice(0, -4).filter((line) => line !== 'x'.repeat(99))).toEqual([]);
  expect(lines.slice(-4)).toEqual([expect.stringMatching(/^x{1,98}$/), 'first', 'second', '']);
  rmSync(folder, { recursive: true });
});
