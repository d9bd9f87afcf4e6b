import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { aside } from './aside.ts';
import type { Output } from './output.ts';

/**
 * Ends with the older Node that runs this process (hawser.js), and by what it passes on, as by SIGTERM: of that a command takes any
 * number, while a second SIGINT means `at once`.
 */
export function endWithOlderNode(): void {
  if (!process.channel) return;
  process.on('message', (message) => {
    if (message === 'SIGTERM') endThis();
  });
  process.on('disconnect', endThis);
  // It keeps no command going that has done all.
  process.channel.unref();
}

const LOOK_MS = 1_000;

/** As early as can be: npm may have ended before this process has loaded all that it needs. */
const parentAtStart = process.ppid;

/**
 * Ends this process, as by SIGTERM, once npm has ended that runs it (`npx hawser`, or a script), or the shell by which npm does. npm
 * passes SIGINT and SIGTERM on to that shell, and nothing else; a shell that waits for its command, as Debian's does, passes nothing on.
 * https://github.com/npm/run-script/blob/main/lib/signal-manager.js
 * Whoever closes a shell of their own means something else: that is not looked at.
 * @returns whether npm passes Ctrl-C on to this process, to which the terminal has sent it, too
 */
export function endWithNpm(out: Output): boolean {
  // Nothing follows from it alone: a terminal in an editor that a script has opened has it, too.
  if (process.env.npm_lifecycle_event === undefined) return false;
  const runners = npmAndItsShell();
  if (runners.length === 0) {
    if (!hasOutlivedNpm()) return false;
    aside(out, 'npm, which was to run this, has ended');
    endThis();
    return false;
  }
  const timer = setInterval(() => {
    if (runners.every(isThere)) return;
    clearInterval(timer);
    endThis();
  }, LOOK_MS);
  timer.unref();
  return runners.length === 1 && !process.channel;
}

function endThis(): void {
  process.kill(process.pid, 'SIGTERM');
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** A shell that is told to run one command may become it: then there is npm alone. Nothing where it is not npm that runs this. */
function npmAndItsShell(): number[] {
  const first = processOf(starterPid());
  if (first && isNpm(first)) return [first.pid];
  const second = processOf(first?.parent);
  return first && second && isNpm(second) ? [first.pid, second.pid] : [];
}

/** What npm has started may be the older Node. */
function starterPid(): number | undefined {
  return process.channel ? processOf(process.ppid)?.parent : process.ppid;
}

/** Where npm has ended so early that it can't be looked at any more: it was to run this command, and a process without a parent has. */
function hasOutlivedNpm(): boolean {
  const { npm_lifecycle_script: script = '' } = process.env;
  if (!/\bhawser\b/.test(script)) return false;
  if (!process.channel && process.ppid !== parentAtStart) return true;
  const pid = starterPid();
  if (isAdopter(pid)) return true;
  const starter = processOf(pid);
  return starter !== undefined && isShellFor(script, starter) && isAdopter(starter.parent);
}

/**
 * The shell by which npm has started this, which waits for it. What a script has opened may have the words of the script for its
 * command line, too, and no parent: the server of a `tmux new-session -s hawser`.
 * https://github.com/npm/promise-spawn/blob/main/lib/index.js
 */
function isShellFor(script: string, { command }: Process): boolean {
  const [, told] = /^-?(?:\S*\/)?\w*sh -c (?:-- )?(.*)/s.exec(command) ?? [];
  return told?.startsWith(script) === true;
}

/** Whose a process becomes that has lost its parent: init's, or on a desktop the user's systemd's. */
function isAdopter(pid: number | undefined): boolean {
  return pid === 1 || /^(\S*\/)?systemd /.test(processOf(pid)?.command ?? '');
}

/** It names itself `npm exec hawser …`, once it has loaded. */
function isNpm({ command }: Process): boolean {
  return /^(\S*node )?(\S*\/)?np[mx](-cli\.js)?( |$)/.test(command);
}

function processOf(pid: number | undefined): Process | undefined {
  if (pid === undefined) return undefined;
  try {
    return process.platform === 'linux' ? ofProc(pid) : byPs(pid);
  } catch {
    // Gone, another user's, or a system that has neither.
    return undefined;
  }
}

/** Without `ps`, which images for containers lack. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function ofProc(pid: number): Process {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name may have any character in it, `)` too.
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
}

function byPs(pid: number): Process {
  const line = execFileSync('ps', ['-o', 'ppid=', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  const [, parent, command = ''] = /^\s*(\d+)\s+(.*)/.exec(line) ?? [];
  return { pid, parent: Number(parent), command };
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's may not be asked.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
