import type { Command } from 'commander';
import * as z from 'zod';
import { addCommand, type Invocation, wholeNumber } from '../command.ts';
import { confirm, mergeFields, readData, withData, withYes } from '../input.ts';
import { type IdempotencyKeyOptions, postAndShowSecret, withIdempotencyKey } from '../one-time-secret.ts';
import { clean } from '../output.ts';
import { pathOf } from '../resolve.ts';

const rotated = z.looseObject({
  name: z.string(),
  secret: z.string(),
  previous_secret_expires_at: z.string().nullable(),
});

const MAX_OVERLAP_SECONDS = 604_800;

interface Options extends IdempotencyKeyOptions {
  readonly data?: string;
  readonly overlapSeconds?: number;
  readonly yes?: boolean;
}

export function addRotateSecret(group: Command): void {
  addCommand<Options>(group, {
    usage: 'rotate-secret <id-or-name>',
    summary:
      'Give a destination a new signing secret, shown only once, alone on stdout. The old one also signs for a while',
    examples: [
      'destinations rotate-secret orders --yes > secret.txt',
      'destinations rotate-secret orders --overlap-seconds 3600',
      'destinations rotate-secret orders --data @secret.json',
    ],
    options: (command) =>
      withIdempotencyKey(
        withYes(withData(command)).option(
          '--overlap-seconds <seconds>',
          'how long the old secret also signs, up to 604,800 (a week); default: 86,400 (a day)',
          wholeNumber(0, MAX_OVERLAP_SECONDS),
        ),
      ),
    run: rotate,
  });
}

async function rotate(invocation: Invocation<Options>): Promise<void> {
  const { args, out, options } = invocation;
  const given = { field: 'overlap_seconds', by: '--overlap-seconds', value: options.overlapSeconds };
  const body = mergeFields([given], await readData(options));
  await confirm(`Give the destination ${clean(args[0])} a new secret?`, options);
  const api = await invocation.api();
  const path = `${await pathOf(api, 'destination', invocation)}/rotate-secret`;
  await postAndShowSecret(invocation, { path, body }, (response) => {
    if (out.json) return out.document(response);
    const { name, secret, previous_secret_expires_at: until } = rotated.parse(response);
    const before = until === null ? 'no longer signs' : `also signs until ${until}`;
    out.note(`The old secret of ${clean(name)} ${before}. Keep the new one, it is shown only now:`);
    out.line(clean(secret));
  });
}
