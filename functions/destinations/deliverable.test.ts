import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { idSchema } from '../../core/id-schema.ts';
import { Receiver } from '../../test/support/receiver.ts';
import { resourceNames } from '../../test/support/services.ts';
import { ApiUnderTest } from '../management/testing/api.fixture.ts';
import { kms } from '../shared/aws-clients.ts';
import { CredentialVault } from '../shared/credentials.ts';
import { requireEnv, variable } from '../shared/environment.ts';
import { ConfigTable } from '../stores/config/config-table.ts';
import { DestinationStore } from '../stores/config/destinations.ts';
import { type Deliverable, toDeliverable } from './deliverable.ts';
import { deliveryOf } from './delivery.fixture.ts';
import { newDestinationTypes } from './registry.ts';

let api: ApiUnderTest;
let receiver: Receiver;
let nowMs: number;
beforeEach(async () => {
  api = await ApiUnderTest.start({ [variable.destinationNetwork]: 'loopback' });
  receiver = await Receiver.start();
  nowMs = Date.now();
});
afterEach(() => Promise.all([api.close(), receiver.stop()]));

/** Loaded once, and used for the next few seconds, as by a function instance. */
async function loaded(id: string): Promise<Deliverable> {
  const destinations = new DestinationStore(new ConfigTable(api.services.clients.dynamodb, resourceNames.config));
  const destination = await destinations.get(idSchema('dst').parse(id));
  if (!destination) throw new Error(`there is no ${id}`);
  const vault = new CredentialVault(kms(), requireEnv(variable.credentialsKeyArn));
  return toDeliverable(destination, vault, newDestinationTypes({ network: 'loopback', now: () => nowMs }));
}

/** The secrets that signed the last received webhook. */
function signers(secrets: readonly string[]): string[] {
  const { body, headers } = receiver.received.at(-1) ?? {};
  const { 'webhook-id': id = '', 'webhook-timestamp': seconds, 'webhook-signature': signatures } = headers ?? {};
  const at = new Date(Number(seconds) * 1000);
  return secrets.filter((secret) =>
    String(signatures)
      .split(' ')
      .includes(new Webhook(secret).sign(String(id), at, String(body))),
  );
}

it('a rotated secret signs until it expires and no longer, however long ago the destination was loaded', async () => {
  const { id, secret: old } = await api.ok('POST', '/v1/destinations', { body: { url: receiver.url } });
  const body = { overlap_seconds: 60 };
  const rotated = await api.ok('POST', `/v1/destinations/${id}/rotate-secret`, { body });
  const secrets = [rotated.secret, old];
  const destination = await loaded(id);
  const endMs = Date.parse(rotated.previous_secret_expires_at);

  nowMs = endMs - 1;
  await destination.attempt(deliveryOf('{}'));
  expect(signers(secrets)).toEqual(secrets);

  nowMs = endMs;
  await destination.attempt(deliveryOf('{}'));
  expect(signers(secrets)).toEqual([rotated.secret]);
});
