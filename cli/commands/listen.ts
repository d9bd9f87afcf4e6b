import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { addCommand, collect, type Invocation, wholeNumber } from '../command.ts';
import { howToDelete, MAY_STILL_EXIST, withHint } from '../listen/cleanup-hints.ts';
import { CtrlCCounter } from '../listen/ctrl-c-counter.ts';
import { parseKeptName } from '../listen/kept-name.ts';
import type { Listener } from '../listen/listener.ts';
import type { OpeningSignals } from '../listen/opening.ts';
import type { Report } from '../listen/report.ts';
import type { ListenSession } from '../listen/session.ts';
import { MAX_AWAITED_SECONDS } from '../listen/session-settings.ts';
import { targetUrl } from '../listen/target-url.ts';
import { resolve } from '../resolve.ts';
import { endWithNpm } from '../starter.ts';

interface Options {
  readonly source: string[];
  readonly to: string;
  readonly name?: string;
  readonly timeout: number;
  readonly ping: number;
  readonly verbose?: boolean;
}

/** How long requests under way may take once `listen` is told to end. */
const GRACE_MS = 5_000;

/** Somebody has pressed Ctrl-C and is waiting. If Hawser can be reached, it deletes a destination within a second or two. */
const LEAVE_MS = 10_000;

/** After a second Ctrl-C, nobody waits longer than this. */
const LAST_REQUEST_MS = 2_500;

export function addListen(root: Command): void {
  addCommand<Options>(root, {
    usage: 'listen',
    summary: 'Bring the events of sources to a program on this machine, and its answers back',
    examples: [
      'listen --source github --to http://localhost:3000/webhooks',
      'listen --source github --source stripe --to 3000',
      'listen --source github --to 3000/hooks --name my-laptop',
      'listen --source src_… --to http://localhost:3000 --json',
    ],
    options: (command) =>
      command
        .requiredOption('--source <id-or-name>', 'whose events; repeat it for several sources', collect)
        .requiredOption('--to <url>', 'where they are sent; 3000/hooks is http://localhost:3000/hooks')
        .option('--name <name>', 'keep the destination under this name, and use it again: events wait meanwhile')
        .option(
          '--timeout <seconds>',
          `how long the program may take; beyond ${MAX_AWAITED_SECONDS} its answer does not count`,
          wholeNumber(1, 3_600),
          30,
        )
        .option('--ping <seconds>', 'how often to check that the connection is alive', wholeNumber(1, 540), 30)
        .option('--verbose', 'show headers and bodies'),
    run: listen,
  });
}

async function listen(invocation: Invocation<Options>): Promise<void> {
  const { options, out } = invocation;
  // Until there is something to clean up, the signal itself ends the process.
  const isPassedOn = endWithNpm(out);
  const to = targetUrl(options.to);
  const name = options.name === undefined ? undefined : parseKeptName(options.name);
  const api = await invocation.api();
  // Imported only here: loading WebSockets would add a third to the start of every other command.
  const [listening, { Report }, { openSession }] = await Promise.all([
    import('../listen/listener.ts'),
    import('../listen/report.ts'),
    import('../listen/opening.ts'),
  ]);
  const given = await Promise.all([...new Set(options.source)].map((one) => resolve(api, 'source', one)));
  // A source given both by name and by id counts once.
  const sources = [...new Map(given.map((source) => [source.id, source])).values()];
  const report = new Report(out, new Map(sources.map(({ id, name }) => [id, name])), options.verbose ?? false);
  const signals = endingSignals(isPassedOn);
  const { ending, hurry } = signals;
  const { timeout, ping } = options;
  const opening = openSession(api, { sources, to, programSeconds: timeout, name }, signals);
  let listener: Listener | undefined;
  let left: Promise<void> | undefined;
  hurry.addEventListener('abort', () => {
    listener?.cut();
    left = leaveAtOnce(opening, report);
  });
  const session = await waitFor(`up to ${LEAVE_MS / 1_000} s for Hawser's answer`, opening, signals, report);
  if (!session) return left;
  const awaitsAnswers = timeout <= MAX_AWAITED_SECONDS;
  listener = new listening.Listener({
    ...{ api, session, to, report, awaitsAnswers },
    ...{ timeoutMs: timeout * 1_000, pingMs: ping * 1_000, graceMs: GRACE_MS },
  });
  ending.addEventListener('abort', () => listener?.stop());
  if (ending.aborted) listener.stop();
  report.ready(sources, to, session.destinationId);
  try {
    await listener.run();
  } finally {
    // If `left` is set, it ends this process by the signal.
    const what = `up to ${LEAVE_MS / 1_000} s for Hawser to delete the destination of this session`;
    await (left ?? waitFor(what, leave(session), signals, report));
  }
}

/** `ending` is aborted by the first signal to end. A process may get the same signal from its supervisors several times. */
interface EndingSignals extends OpeningSignals {
  /** Aborted by a second Ctrl-C. */
  readonly hurry: AbortSignal;
}

/** A third Ctrl-C ends this process. */
function endingSignals(isPassedOn: boolean): EndingSignals {
  const [ending, over, hurry] = [new AbortController(), new AbortController(), new AbortController()];
  const giveUp = () => over.abort(new Error(`no answer within ${LEAVE_MS / 1_000} s`));
  ending.signal.addEventListener('abort', () => setTimeout(giveUp, LEAVE_MS).unref());
  const counter = new CtrlCCounter(isPassedOn);
  process.on('SIGINT', () => {
    const count = counter.countSignal(performance.now());
    if (count === 1) ending.abort();
    if (count === 2) hurry.abort();
    if (count === 3) endBySignal();
  });
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => ending.abort());
  return { ending: ending.signal, over: over.signal, hurry: hurry.signal };
}

const SILENT_MS = 1_000;

/** After a second, tells whoever ended it why it is still running. */
async function waitFor<Result>(
  what: string,
  work: Promise<Result>,
  { ending, hurry }: EndingSignals,
  report: Report,
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const say = () => {
    if (!hurry.aborted) report.note(`Waiting ${what}. Press Ctrl-C again to end at once.`);
  };
  const begin = () => {
    timer = setTimeout(say, SILENT_MS);
  };
  if (ending.aborted) begin();
  ending.addEventListener('abort', begin);
  try {
    return await work;
  } finally {
    ending.removeEventListener('abort', begin);
    clearTimeout(timer);
  }
}

function endBySignal(): void {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
}

/** Ends this process as soon as nothing is left behind, or after saying what is. */
async function leaveAtOnce(opening: Promise<ListenSession | undefined>, report: Report): Promise<void> {
  let left: ListenSession | undefined;
  const leaving = opening.then(async (session) => {
    left = session;
    await session?.close({ timeoutMs: LAST_REQUEST_MS });
    return true;
  });
  const hasLeft = await Promise.race([leaving.catch(() => false), sleep(LAST_REQUEST_MS, false)]);
  if (!hasLeft) report.note(left ? howToDelete(left.destinationId) : MAY_STILL_EXIST);
  endBySignal();
}

/** @throws Failure that says what is left behind */
async function leave(session: ListenSession): Promise<void> {
  try {
    await session.close({ timeoutMs: LEAVE_MS });
  } catch (error) {
    throw withHint(error, howToDelete(session.destinationId));
  }
}
