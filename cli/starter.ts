import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { printNote } from './note.ts';
import type { Output } from './output.ts';

/**
 * Ends together with the older Node that runs this process (hawser.js), and on the signals that it passes on. Both act like
 * SIGTERM, which a command may get any number of times, while a second SIGINT means `at once`.
 */
export function endWithOlderNode(): void {
  if (!process.channel) return;
  process.on('message', (message) => {
    if (message === 'SIGTERM') endThisProcess();
  });
  process.on('disconnect', endThisProcess);
  // The channel must not keep a command alive that has finished.
  process.channel.unref();
}

const CHECK_MS = 1_000;

/** Read as early as possible, because npm may have ended before this process has loaded everything. */
const parentAtStart = process.ppid;

/**
 * Ends this process, as if by SIGTERM, once the npm that runs it (`npx hawser`, or a script) has ended, or the shell that npm
 * uses. npm passes SIGINT and SIGTERM on to that shell, and nothing else. A shell that waits for its command, as Debian's does,
 * passes nothing on. https://github.com/npm/run-script/blob/main/lib/signal-manager.js A shell of the user's own is ignored:
 * closing that means something else.
 * @returns whether npm passes Ctrl-C on to this process, in addition to the signal from the terminal
 */
export function endWithNpm(out: Output): boolean {
  // Not proof by itself: a terminal in an editor that was opened by a script has it too.
  if (process.env.npm_lifecycle_event === undefined) return false;
  const runners = npmAndItsShell();
  if (runners.length === 0) {
    if (!hasOutlivedNpm()) return false;
    printNote(out, 'npm, which was running this, has ended');
    endThisProcess();
    return false;
  }
  const timer = setInterval(() => {
    if (runners.every(isRunning)) return;
    clearInterval(timer);
    endThisProcess();
  }, CHECK_MS);
  timer.unref();
  return runners.length === 1 && !process.channel;
}

function endThisProcess(): void {
  process.kill(process.pid, 'SIGTERM');
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** A shell that runs a single command may replace itself with it, leaving only npm. Empty if npm does not run this. */
function npmAndItsShell(): number[] {
  const first = processOf(starterPid());
  if (first && isNpm(first)) return [first.pid];
  const second = processOf(first?.parent);
  return first && second && isNpm(second) ? [first.pid, second.pid] : [];
}

/** The parent, or its parent if npm started the older Node. */
function starterPid(): number | undefined {
  return process.channel ? processOf(process.ppid)?.parent : process.ppid;
}

/** For when npm has ended too early to be seen: it was going to run this command, and this process has lost its parent. */
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
 * The shell with which npm started this, and which waits for it. Something that a script has opened may also have the script's
 * words in its command line, and no parent: the server of a `tmux new-session -s hawser`.
 * https://github.com/npm/promise-spawn/blob/main/lib/index.js
 */
function isShellFor(script: string, { command }: Process): boolean {
  const [, told] = /^-?(?:\S*\/)?\w*sh -c (?:-- )?(.*)/s.exec(command) ?? [];
  return told?.startsWith(script) === true;
}

/** The parent of processes that have lost theirs: init, or on a desktop the user's systemd. */
function isAdopter(pid: number | undefined): boolean {
  return pid === 1 || /^(\S*\/)?systemd /.test(processOf(pid)?.command ?? '');
}

/** Once loaded, npm calls itself `npm exec hawser …`. */
function isNpm({ command }: Process): boolean {
  return /^(\S*node )?(\S*\/)?np[mx](-cli\.js)?( |$)/.test(command);
}

function processOf(pid: number | undefined): Process | undefined {
  if (pid === undefined) return undefined;
  try {
    return process.platform === 'linux' ? readProc(pid) : readPs(pid);
  } catch {
    // It is gone, belongs to another user, or the system has neither way.
    return undefined;
  }
}

/** Without `ps`, which container images may lack. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function readProc(pid: number): Process {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name may contain any character, even `)`.
  const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, parent: Number(parent), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
}

function readPs(pid: number): Process {
  const line = execFileSync('ps', ['-o', 'ppid=', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  const [, parent, command = ''] = /^\s*(\d+)\s+(.*)/.exec(line) ?? [];
  return { pid, parent: Number(parent), command };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // A process of another user may not be signalled, but it exists.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
