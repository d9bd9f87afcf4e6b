import { beforeEach, describe, expect, it } from 'vitest';
import { Progress } from './progress.ts';

let written: string;
const write = (text: string) => (written += text);
beforeEach(() => {
  written = '';
});

describe('progress in a terminal', () => {
  const terminal = { isTTY: true, columns: 20, write };

  it('progress is one line that is rewritten, and removed at the end', () => {
    const progress = new Progress(false, terminal, {});
    progress.show('1 of 20 sent', 0);
    progress.show('2 of 20 sent', 1_000);
    progress.show('2 of 20 sent', 2_000);
    progress.end();
    expect(written).toBe('\r\u001b[K1 of 20 sent\r\u001b[K2 of 20 sent\r\u001b[K');
  });

  it('unchanged progress is written again after it was removed for another message', () => {
    const progress = new Progress(false, terminal, {});
    progress.show('1 of 20 sent', 0);
    progress.end();
    progress.end();
    progress.show('1 of 20 sent', 1_000);
    expect(written).toBe('\r\u001b[K1 of 20 sent\r\u001b[K\r\u001b[K1 of 20 sent');
  });

  it('progress is cut to the width of the terminal, because a wrapped line could not be rewritten', () => {
    new Progress(false, terminal, {}).show('1 of 20 sent, 3 skipped', 0);
    expect(written).toBe('\r\u001b[K1 of 20 sent, 3 sk…');
  });

  it.each([
    ['without cursor control', false, { TERM: 'dumb' }],
    ['with --json', true, {}],
  ])('progress in a terminal %s is written in lines', (_, asLines, environment) => {
    const progress = new Progress(asLines, terminal, environment);
    progress.show('{"replayed":1,"total":20}', 0);
    progress.end();
    expect(written).toBe('{"replayed":1,"total":20}\n');
  });
});

it('progress in a pipe or a file is at most one line every 10 s, and none that repeats the last', () => {
  const progress = new Progress(false, { write }, {});
  progress.show('0 sent', 0);
  progress.show('5 sent', 9_999);
  progress.show('6 sent', 10_000);
  progress.show('6 sent', 25_000);
  progress.show('7 sent', 26_000);
  progress.end();
  expect(written).toBe('0 sent\n6 sent\n7 sent\n');
});
