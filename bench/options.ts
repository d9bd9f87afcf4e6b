import { parseArgs } from 'node:util';
import * as z from 'zod';

export const usage = `npm run bench -- [options]

Measures the local stack end to end: it starts one on a temporary data folder, sends webhooks to it from this process and
receives the deliveries in another, then does the same with a bare loop (receive, sign, POST) as the floor.

  --events N       webhooks of the throughput run (default 20000)
  --bytes N        size of a body (default 1024)
  --senders N      webhooks in flight at a time (default 32)
  --destinations N destinations of the source (default 1)
  --json           print the figures as JSON
  --help           this text`;

const schema = z.strictObject({
  events: z.coerce.number().int().min(100).max(10_000_000).default(20_000),
  bytes: z.coerce.number().int().min(2).max(1_000_000).default(1024),
  senders: z.coerce.number().int().min(1).max(1_000).default(32),
  destinations: z.coerce.number().int().min(1).max(100).default(1),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
});
export type BenchOptions = z.output<typeof schema>;

/** @throws Error that names the option and what it takes */
export function parseOptions(args: string[]): BenchOptions {
  const { values } = parseArgs({
    args,
    options: {
      events: { type: 'string' },
      bytes: { type: 'string' },
      senders: { type: 'string' },
      destinations: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  throw new Error(parsed.error.issues.map((issue) => `--${issue.path.join('.')}: ${issue.message}`).join('\n'));
}
