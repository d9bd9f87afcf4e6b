import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LocalStack, type LocalStackOptions } from '../stack.ts';
import { synthesize } from '../synthesize.ts';

export type TestStackOptions = Partial<Omit<LocalStackOptions, 'apiPort' | 'awsPort'>>;

/** A new folder. Call `remove` when the test file is done with it. */
export function temporaryFolder(name: string): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), `hawser-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Starts the real template on ports of its own. The caller closes the stack and removes the data folder. */
export async function startTestStack(options: TestStackOptions & { readonly dataDir: string }): Promise<LocalStack> {
  // The template contains the public URL, so the port must be known before the API listens on it.
  const apiPort = await freePort();
  const assembly = () =>
    synthesize({
      projectDir: resolve(import.meta.dirname, '..', '..'),
      outputDir: join(options.dataDir, 'cdk.out'),
      publicUrl: `http://127.0.0.1:${apiPort}`,
      region: 'us-east-1',
      log: () => {},
    });
  return LocalStack.start({ assembly, ...options, apiPort, awsPort: 0 });
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
