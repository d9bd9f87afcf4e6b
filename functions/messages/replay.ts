import * as z from 'zod';
import { idSchema } from '../../core/id-schema.ts';
import type { OrganizationId, ReplayId } from '../../core/ids.ts';

/** Asks for one step of a replay: see functions/replay/replay-runner.ts. */
export interface ReplayMessage {
  readonly replayId: ReplayId;
  readonly organizationId: OrganizationId;
  /** Number of the step. */
  readonly step: number;
  /** When it was sent. */
  readonly atMs: number;
}

const schema = z.strictObject({
  v: z.literal(1),
  rpl: idSchema('rpl'),
  org: idSchema('org'),
  step: z.int().min(0),
  at: z.int(),
});

export function encodeReplayMessage({ replayId, organizationId, step, atMs }: ReplayMessage): string {
  const message: z.input<typeof schema> = { v: 1, rpl: replayId, org: organizationId, step, at: atMs };
  return JSON.stringify(message);
}

/** @throws Error that says what is wrong with the message */
export function decodeReplayMessage(body: string): ReplayMessage {
  const { rpl, org, step, at } = schema.parse(JSON.parse(body));
  return { replayId: rpl, organizationId: org, step, atMs: at };
}
