import { spawnSync } from 'node:child_process';

/** The `script` of util-linux makes a terminal. BSD's has other options. */
export const HAS_SCRIPT =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false;

/** For the titles of tests. */
export const LACKS_SCRIPT = HAS_SCRIPT ? '' : ", skipped because this machine lacks util-linux's script";

/** A terminal turns this into a signal for every process in its foreground. */
export const CTRL_C = '\u0003';
