import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import * as z from 'zod';
import { reasonOf } from '../api.ts';
import { addCommand, type Invocation } from '../command.ts';
import { exitCode, Failure, usageFailure } from '../failure.ts';
import { readBytes, readSecret } from '../input.ts';
import { clean } from '../output.ts';
import { resolve } from '../resolve.ts';
import { post } from '../trigger/post.ts';
import type { Provider } from '../trigger/provider.ts';
import { providers } from '../trigger/providers.ts';

interface Options {
  readonly source: string;
  readonly event?: string;
  readonly secret?: string;
  readonly body?: string;
}

const triggered = z.looseObject({
  ingest_url: z.string(),
  verification: z.looseObject({ type: z.string(), url: z.string().nullish() }).nullable(),
});
type Triggered = z.output<typeof triggered>;

const TIMEOUT_MS = 35_000;

export function addTrigger(root: Command): void {
  const names = providers.map(({ name }) => name);
  const kinds = providers.map(({ name, types }) => `  ${name.padEnd(18)} ${types.join(', ')}`).join('\n');
  addCommand<Options>(root, {
    usage: 'trigger <provider>',
    choices: names,
    summary: `Send a sample event of a provider to a source, signed as the provider does: ${names.join(', ')}`,
    examples: [
      'trigger github --source github --secret it-is-no-secret',
      'trigger stripe --source stripe --event invoice.paid',
      'trigger shopify --source shop --body @order.json',
    ],
    options: (command) =>
      command
        .requiredOption('--source <id-or-name>', 'the source to send it to')
        .option('--event <type>', 'its type; default: the first in the list below')
        .option(
          '--secret <secret>',
          "the source's secret, which the API never shows; others on this machine may see it, so HAWSER_WEBHOOK_SECRET is better, or - to type it",
        )
        .option('--body <body>', 'another body: text, @file, or - for stdin')
        .addHelpText('after', `\nEvents:\n${kinds}`),
    run: trigger,
  });
}

async function trigger(invocation: Invocation<Options>): Promise<void> {
  const { args, options, out } = invocation;
  // Some names have an underscore in a source's verification.
  const provider = providers.find(({ name, verification }) => args[0] === name || args[0] === verification);
  if (!provider) {
    throw usageFailure(
      `there are no samples of ${clean(args[0])}`,
      `there are samples for ${providers.map(({ name }) => name).join(', ')}`,
    );
  }
  if (options.secret === '-' && options.body === '-') {
    throw usageFailure('the secret and the body cannot both come from stdin', 'HAWSER_WEBHOOK_SECRET, or --body @file');
  }
  const type = options.event ?? provider.types[0];
  // Most providers put the type in a header.
  if (!/^[\x20-\x7e]+$/.test(type)) throw usageFailure(`${clean(type)} is not a type of event`, 'it must be ASCII');
  if (options.body === undefined && !provider.types.includes(type)) {
    throw usageFailure(
      `${provider.name} has no sample of the type ${clean(type)}`,
      `it has ${provider.types.join(', ')}; or give a --body`,
    );
  }
  const source = triggered.parse(await resolve(await invocation.api(), 'source', options.source));
  const secret = await secretFor(provider, source, options);
  const occasion = { nowMs: Date.now(), unique: randomBytes(16).toString('hex'), type };
  const sample = provider.sample(occasion);
  const body = options.body === undefined ? Buffer.from(sample.body) : await readBytes(options.body);
  const webhook = { ...sample, body };
  const signature =
    secret === undefined ? {} : provider.sign(webhook, secret, source.verification?.url ?? source.ingest_url, occasion);
  const sent = await send(source.ingest_url, { ...webhook.headers, ...signature }, webhook.body);
  if (out.json) return out.document({ ...sent, type, signed: secret !== undefined });
  out.line(`${sent.event_id} (${provider.name} ${clean(type)}${secret === undefined ? ', not signed' : ''})`);
  out.note(`See what becomes of it: hawser events get ${sent.event_id}`);
}

/** `undefined` if nobody would check a signature. */
async function secretFor(
  { name, verification }: Provider,
  source: Triggered,
  { secret }: Options,
): Promise<string | undefined> {
  const given =
    secret === '-' ? await readSecret('Secret of the source: ') : (secret ?? process.env.HAWSER_WEBHOOK_SECRET);
  const wanted = source.verification?.type;
  if (given) return given;
  if (wanted === undefined) return undefined;
  if (wanted !== verification) {
    throw usageFailure(
      `the source only takes webhooks verified as ${clean(wanted)}, and ${name} is not`,
      'choose another source',
    );
  }
  throw usageFailure('the source only takes signed webhooks', 'give its secret with HAWSER_WEBHOOK_SECRET or --secret');
}

async function send(url: string, headers: Readonly<Record<string, string>>, body: Uint8Array) {
  const { statusCode, headers: answered } = await post(
    new URL(url),
    headers,
    body,
    AbortSignal.timeout(TIMEOUT_MS),
  ).catch((error: unknown) => {
    throw new Failure(exitCode.unreachable, `${url} can't be reached: ${reasonOf(error, { timeoutMs: TIMEOUT_MS })}`);
  });
  // The response is whatever the source's owner has set, but this header is always there.
  const event_id = answered['x-hawser-event-id'];
  if (statusCode >= 200 && statusCode < 300 && event_id !== undefined) {
    return { event_id, duplicate: answered['x-hawser-duplicate'] === 'true', status_code: statusCode };
  }
  throw new Failure(exitCode.failed, `${url} answered ${statusCode}`, {
    status: statusCode,
    hint:
      statusCode === 401 ? "the source does not accept it: is this the source's secret, and its provider?" : undefined,
  });
}
