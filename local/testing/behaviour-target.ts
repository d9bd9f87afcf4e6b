import type { AddressInfo } from 'node:net';
import { AwsEndpoint } from '../wire/endpoint.ts';
import type { WireService } from '../wire/wire.ts';

/** What an SDK client needs to reach the implementation under test. */
export interface BehaviourTarget {
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials?: { accessKeyId: string; secretAccessKey: string };
  };
  close(): Promise<void>;
}

/**
 * Where a behaviour suite runs. If `HAWSER_BEHAVIOUR_<SERVICE>_ENDPOINT` is set, it runs there: against another implementation,
 * or against AWS with the credentials of the environment. Otherwise it runs against the embedded service on a loopback port.
 */
export async function behaviourTarget(service: string, embedded: () => WireService): Promise<BehaviourTarget> {
  const endpoint = process.env[`HAWSER_BEHAVIOUR_${service}_ENDPOINT`];
  const region = process.env.AWS_REGION ?? 'us-east-1';
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  if (endpoint !== undefined) {
    const ownCredentials = process.env.AWS_ACCESS_KEY_ID !== undefined || process.env.AWS_PROFILE !== undefined;
    return { client: { endpoint, region, ...(ownCredentials ? {} : { credentials }) }, close: async () => {} };
  }
  const server = await new AwsEndpoint([embedded()]).listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    client: { endpoint: `http://127.0.0.1:${port}`, region, credentials },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
