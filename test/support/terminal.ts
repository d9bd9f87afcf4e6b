import { spawnSync } from 'node:child_process';

/** util-linux's `script` makes a terminal; that of BSD has other options. */
export const HAS_SCRIPT =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

/** For the titles of tests. */
export const LACKS_SCRIPT = HAS_SCRIPT ? '' : ", skipped because this machine lacks util-linux's script";

/** What a terminal makes a signal of, for every process in its foreground. */
export const CTRL_C = '\u0003';
