import type { Command } from 'commander';
import * as z from 'zod';
import type { Api } from '../api.ts';
import { addCommand, type Invocation } from '../command.ts';
import { clean } from '../output.ts';
import { pathOf } from '../resolve.ts';

const circuit = z.looseObject({
  state: z.string(),
  failure_count: z.number(),
  opened_at: z.string().nullable(),
  next_probe_at: z.string().nullable(),
});
type Circuit = z.output<typeof circuit>;

/** @param path of its destination. @returns the state of its circuit, in one line */
export async function circuitOf(api: Api, path: string): Promise<string> {
  return textOf(circuit.parse(await api.get(`${path}/circuit`)));
}

export function addReset(group: Command): void {
  addCommand<object>(group, {
    usage: 'reset <id-or-name>',
    summary: 'Close the circuit of a destination, and send what it holds',
    examples: ['destinations reset orders'],
    run: reset,
  });
}

async function reset(invocation: Invocation<object>): Promise<void> {
  const { out } = invocation;
  const api = await invocation.api();
  const response = await api.post(`${await pathOf(api, 'destination', invocation)}/circuit/reset`);
  if (out.json) return out.document(response);
  out.line(`The circuit is ${textOf(circuit.parse(response))}.`);
}

function textOf({ state, failure_count, opened_at, next_probe_at }: Circuit): string {
  if (opened_at === null) return clean(state);
  const since = `since ${opened_at}, after ${failure_count} ${failure_count === 1 ? 'failure' : 'failures'} in a row`;
  // `next_probe_at` is then only for a probe that is never heard of again.
  if (state === 'half_open') return clean(`half open: open ${since}; a probe is under way`);
  return clean(`${state} ${since}; the next probe is due at ${next_probe_at}`);
}
