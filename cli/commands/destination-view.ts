import * as z from 'zod';
import type { Invocation } from '../command.ts';
import { clean } from '../output.ts';
import { changedSettings, settingsFields } from './destination-settings.ts';

/** Only in the answer for a single destination; `null` if it has no pace. */
const waiting = z.looseObject({ count: z.number(), has_more: z.boolean(), oldest_at: z.string().nullable() }).nullish();

export const destination = z.looseObject({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  type: z.string(),
  url: z.string().nullable(),
  secret: z.string().nullable(),
  enabled: z.boolean(),
  disabled_reason: z.string().nullable(),
  disabled_at: z.string().nullable(),
  disabled_delivery_id: z.string().nullable(),
  archived_at: z.string().nullable(),
  ...settingsFields,
  delivery_count: z.number(),
  success_rate: z.number().nullable(),
  last_delivery_at: z.string().nullable(),
  waiting,
  created_at: z.string(),
  /** Only if a connection was made together with it. */
  connection_id: z.string().optional(),
});
type Destination = z.output<typeof destination>;

export function stateOf({ enabled, archived_at }: Destination): string {
  if (archived_at !== null) return 'archived';
  return enabled ? 'enabled' : 'disabled';
}

/** `2026-…, as its receiver has answered 410 to dlv_…`. Not known if it was disabled before the API recorded this. */
function whyDisabled({ disabled_reason, disabled_at, disabled_delivery_id }: Destination): string | undefined {
  if (disabled_reason === null) return undefined;
  const why =
    disabled_reason === 'answered_410'
      ? `as its receiver has answered 410 to ${clean(disabled_delivery_id)}`
      : clean(disabled_reason).replaceAll('_', ' ');
  return `${clean(disabled_at)}, ${why}`;
}

/** `at least 24,310, the oldest since 2026-…` */
function waitingOf({ waiting }: Destination): string | undefined {
  if (!waiting) return undefined;
  if (waiting.oldest_at === null) return 'none';
  const count = waiting.count.toLocaleString('en');
  return `${waiting.has_more ? `at least ${count}` : count}, the oldest since ${clean(waiting.oldest_at)}`;
}

/** @param now lines about what it is doing at the moment */
export function showDestination(
  { out }: Invocation<unknown>,
  response: unknown,
  now: { circuit?: string; clients?: string | undefined } = {},
): void {
  if (out.json) {
    out.document(response);
    return;
  }
  const one = destination.parse(response);
  out.fields({
    id: one.id,
    name: clean(one.name),
    description: one.description === null ? undefined : clean(one.description),
    type: one.type,
    url: one.url === null ? undefined : clean(one.url),
    state: stateOf(one),
    disabled: whyDisabled(one),
    ...now,
    'waiting in line': waitingOf(one),
    connection: one.connection_id,
    secret: one.secret ?? undefined,
    ...changedSettings(one),
    attempts: String(one.delivery_count),
    success: one.success_rate === null ? undefined : `${one.success_rate} %`,
    'last attempt': one.last_delivery_at ?? undefined,
    created: one.created_at,
  });
}
