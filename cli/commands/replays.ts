import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import * as z from 'zod';
import { replayStatuses } from '../../core/deliveries/replay.ts';
import type { Api } from '../api.ts';
import { addCommand, addGroup, choice } from '../command.ts';
import { exitCode, Failure } from '../failure.ts';
import { type ListOptions, showList, withLimit } from '../lists.ts';
import { printNote } from '../note.ts';
import { clean, jsonLine, type Output } from '../output.ts';
import { Progress } from '../progress.ts';
import { parseId } from '../resolve.ts';
import { isTemporary, retryDelayMs } from '../retry.ts';
import { endWithNpm } from '../starter.ts';
import { cell } from '../table.ts';

/** A job that sends many deliveries again. */
const replay = z.looseObject({
  id: z.string(),
  status: z.string(),
  reason: z.string().nullable(),
  selection: z.looseObject({ destination_id: z.string().nullish() }),
  total: z.number().nullable(),
  /** How many are in the queue. This may be a hundred, or ten seconds, ahead of what is sent. */
  replayed: z.number(),
  skipped: z.record(z.string(), z.number()),
  started_at: z.string(),
});
type Replay = z.output<typeof replay>;

const POLL_MS = 1_000;

export function addReplays(root: Command): void {
  const group = addGroup(root, 'replays', 'Jobs that send many deliveries again, started by hawser replay');
  addCommand<ListOptions & { status?: string }>(group, {
    usage: 'list',
    summary: 'List replays, newest first',
    examples: ['replays list', 'replays list --status running'],
    options: (command) =>
      withLimit(command).addOption(choice('--status <status>', 'only those with this status', replayStatuses)),
    run: (invocation) =>
      showList(invocation, {
        path: '/v1/replays',
        plural: 'replays',
        item: replay,
        query: { status: invocation.options.status },
        ifNone: 'No replays. Begin one: hawser replay --dead-letters',
        row: (one) => ({
          started: cell.time(one.started_at),
          id: one.id,
          status: clean(one.status),
          queued: cell.detail(String(one.replayed)),
          total: cell.detail(clean(one.total)),
        }),
      }),
  });
  addCommand<{ wait?: boolean }>(group, {
    usage: 'get <id>',
    summary: 'Show the progress of a replay',
    examples: ['replays get rpl_…', 'replays get rpl_… --wait'],
    options: (command) => command.option('--wait', 'wait until all are queued, and show the progress'),
    run: async (invocation) => {
      const { args, options, out } = invocation;
      const path = `/v1/replays/${parseId('rpl', args[0])}`;
      const api = await invocation.api();
      const response = await api.get(path);
      if (options.wait) await followReplay(out, api, response);
      else show(out, response);
    },
  });
  addCommand<object>(group, {
    usage: 'cancel <id>',
    summary: 'Cancel a running replay: what it has queued is still sent',
    examples: ['replays cancel rpl_…'],
    run: async (invocation) => {
      const path = `/v1/replays/${parseId('rpl', invocation.args[0])}/cancel`;
      show(invocation.out, await (await invocation.api()).post(path));
    },
  });
}

/** Says that the replay continues by itself, and how to find it again. */
export function showBegun(out: Output, begun: unknown): void {
  show(out, begun);
  if (!out.json) out.note(howToFind(replay.parse(begun)));
}

/**
 * Shows the progress of a replay until it has ended.
 * @throws Failure if it ended before everything was queued
 */
export async function followReplay(out: Output, api: Api, begun: unknown): Promise<void> {
  let response = begun;
  let state = replay.parse(response);
  const progress = new Progress(out.json);
  endWithNpm(out);
  // Said first, because ending this command does not end the replay.
  if (state.status === 'running' && !out.json) out.note(`${state.id}\n${howToFind(state)}`);
  const onInterrupt = () => {
    progress.end();
    if (!out.json) out.note(howToFind(state));
    // No other listener is left, so this ends the process.
    process.kill(process.pid, 'SIGINT');
  };
  process.once('SIGINT', onInterrupt);
  try {
    while (state.status === 'running') {
      progress.show(out.json ? jsonLine(response) : summaryOf(state), Date.now());
      await sleep(POLL_MS);
      response = await askedUntilAnswered(out, progress, () => api.get(`/v1/replays/${state.id}`));
      state = replay.parse(response);
    }
  } finally {
    process.off('SIGINT', onInterrupt);
    progress.end();
  }
  show(out, response);
  if (state.replayed > 0 && !out.json) out.note(howToSee(state));
  if (state.status === 'failed') throw new Failure(exitCode.failed, `the replay failed: ${clean(state.reason)}`);
  if (state.status === 'cancelled') throw new Failure(exitCode.failed, 'the replay was cancelled');
}

/** Keeps asking through temporary failures, such as a restart: they do not affect the replay. */
async function askedUntilAnswered(out: Output, progress: Progress, ask: () => Promise<unknown>): Promise<unknown> {
  for (let failures = 0; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Failure && isTemporary(error))) throw error;
      if (failures === 0) {
        progress.end();
        printNote(out, `${error.message}. Trying again until it answers.`);
      }
    }
    await sleep(retryDelayMs(failures));
  }
}

function show(out: Output, response: unknown): void {
  if (out.json) out.document(response);
  else out.line(summaryOf(replay.parse(response)));
}

function howToFind({ id }: Replay): string {
  return `It continues without this command: hawser replays get ${id} --wait follows it, hawser replays cancel ${id} ends it.`;
}

function howToSee({ selection: { destination_id } }: Replay): string {
  const theirs = destination_id == null ? '' : ` --destination ${clean(destination_id)}`;
  return `See what becomes of them: hawser deliveries list${theirs}`;
}

function summaryOf(one: Replay): string {
  return `${one.id} is ${clean(one.status)}: ${countsOf(one)}`;
}

function countsOf({ status, replayed, total, skipped }: Replay): string {
  const others = Object.entries(skipped).filter(([, count]) => count > 0);
  // Only once it has ended: while it runs, the progress and how to cancel it are shown already.
  if (replayed === 0 && others.length === 0 && status === 'completed') return 'there was nothing to send again';
  const left = others.map(([why, count]) => `, ${count} skipped (${clean(why).replaceAll('_', ' ')})`).join('');
  return `${replayed}${total ? ` of ${total}` : ''} queued${left}`;
}
