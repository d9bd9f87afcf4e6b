import { join, resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { type Options, parseOptions, usage, variableOfPort } from './options.ts';
import { LocalStack } from './stack.ts';
import { StartError } from './start-error.ts';
import { stopMs } from './stop-time.ts';
import { synthesize } from './synthesize.ts';

// Lambda runs in UTC, and the functions' threads share this process's time zone.
process.env.TZ = 'UTC';

// V8 lets such a small heap grow by about half before it marks all of it again, several times a second under load. V8's own
// threads then took 590 µs an event; with this setting they take 390 (docs/benchmarks.md). A heap of four times its live size is
// about 60 MB for each function.
setFlagsFromString('--heap-growing-percent=300');

/** AWS deployments need a region. On one machine any will do. */
const region = 'us-east-1';

function log(line: string): void {
  process.stdout.write(`hawser: ${line}\n`);
}

function fail(text: string): never {
  process.stderr.write(`hawser: ${text}\n`);
  process.exit(1);
}

async function start(options: Options, signal: AbortSignal): Promise<LocalStack> {
  const dataDir = resolve(options.dataDir);
  const publicUrl = `http://127.0.0.1:${options.port}`;
  const projectDir = resolve(import.meta.dirname, '..');
  const outputDir = join(dataDir, 'cdk.out');
  log(`starting on the data folder ${dataDir}`);
  const stack = await LocalStack.start({
    dataDir,
    region,
    apiPort: options.port,
    awsPort: options.awsPort,
    assembly: () => synthesize({ projectDir, outputDir, publicUrl, region, log, signal }),
    ...(options.rootKey !== undefined && { rootKey: options.rootKey }),
  });
  announce(stack, options);
  // A program that waits for this line must not mistake a stopping stack for a running one.
  if (!signal.aborted) process.stdout.write(`hawser is ready at ${stack.apiUrl}\n`);
  return stack;
}

function announce(stack: LocalStack, options: Options): void {
  const { rootKey, awsEndpointUrl, apiUrl } = stack;
  // The AWS CLI asks for credentials whatever the endpoint, and version 1 takes an endpoint only through this option.
  const aws = `AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any AWS_DEFAULT_REGION=${region} aws --endpoint-url ${awsEndpointUrl}`;
  log(`${stack.deployment.resources.size} resources of the template are ready`);
  if (rootKey.isNew) {
    log(`root key: ${rootKey.value}`);
    log(`it is stored in ${options.dataDir} and shown only this once; to read it again:`);
    log(`  ${aws} secretsmanager get-secret-value --secret-id ${rootKey.secretArn}`);
  }
  if (stack.deployment.distribution) log(`dashboard ${apiUrl}`);
  log(`API ${apiUrl}/v1, described at ${apiUrl}/v1/reference; ingest ${apiUrl}/in`);
  if (stack.webSocketUrl !== undefined) log(`WebSocket API ${stack.webSocketUrl}`);
  log(`AWS endpoint ${awsEndpointUrl}, e.g. ${aws} sqs list-queues`);
}

/** Why a start or a run ended, in words for whoever typed `npm start`. */
function explain(error: unknown, options: Options): string {
  if (error instanceof StartError) return error.message;
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && 'port' in error && typeof error.port === 'number') {
    const variable = variableOfPort(options, error.port);
    const problem = error.code === 'EADDRINUSE' ? 'is in use by another program' : `can't be used (${error.code})`;
    if (variable) return `the port ${error.port} ${problem}; set ${variable} to another one`;
  }
  return `unexpected error: ${error.stack}`;
}

/** On SIGTERM or SIGINT, during the start and later, the process gives work in flight a few seconds and exits with 0. */
function stopOnSignal(starting: Promise<LocalStack>, stopping: AbortController): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second signal means that the first one didn't end the process quickly enough.
      if (stopping.signal.aborted) process.exit(1);
      log('stopping: work in flight has a few seconds to finish');
      setTimeout(() => process.exit(0), stopMs.process).unref();
      stopping.abort();
      void starting
        .then(
          (stack) => stack.close(),
          () => log('the start was interrupted'),
        )
        .then(() => process.exit(0));
    });
  }
}

async function main(): Promise<void> {
  const unknown = process.argv.slice(2).find((argument) => argument !== '--help' && argument !== '-h');
  if (unknown !== undefined) fail(`unknown argument ${unknown}\n\n${usage}`);
  if (process.argv.length > 2) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  const options = parseOptions(process.env);
  process.once('uncaughtException', (error) => fail(explain(error, options)));
  const stopping = new AbortController();
  // Begins only after the signal handlers are in place.
  const starting = Promise.resolve().then(() => start(options, stopping.signal));
  stopOnSignal(starting, stopping);
  try {
    await starting;
  } catch (error) {
    if (!stopping.signal.aborted) fail(explain(error, options));
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  fail(error.message);
}
