import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Linux counts in ticks of 10 ms for every program, whatever the clock rate of the kernel itself. */
const TICKS_PER_SECOND = 100;

/** CPU time, in microseconds, that a process has used with all its threads. */
export function cpuTimeUs(pid: number): number {
  return process.platform === 'linux' ? fromProc(pid) : fromPs(pid);
}

function fromProc(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The command is in parentheses and may contain spaces. utime and stime are the 12th and 13th fields after it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[11]) + Number(fields[12])) * 1_000_000) / TICKS_PER_SECOND;
}

/** `ps` prints [[dd-]hh:]mm:ss[.cc]. */
function fromPs(pid: number): number {
  const text = execFileSync('ps', ['-o', 'cputime=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  const [days, clock] = text.includes('-') ? text.split('-') : ['0', text];
  const seconds = (clock ?? '').split(':').reduce((total, part) => total * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1_000_000;
}

/** Resident memory of a process in MiB; 0 if the system does not report it. */
export function residentMiB(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const kib = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Math.round(Number(kib ?? 0) / 1024);
}
