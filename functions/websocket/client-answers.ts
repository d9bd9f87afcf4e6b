import { isExpired } from '../../core/access/api-key.ts';
import { type ResultMessage, toClientAnswer } from '../../core/clients/client-answer.ts';
import type { ClientStore } from '../stores/clients/client-store.ts';
import type { ApiKeyStore } from '../stores/config/api-keys.ts';
import type { ClientAnswerLog } from '../stores/deliveries/client-answer-log.ts';

export interface ClientAnswersOptions {
  readonly clients: Pick<ClientStore, 'byId'>;
  readonly apiKeys: Pick<ApiKeyStore, 'get'>;
  readonly log: Pick<ClientAnswerLog, 'record'>;
  readonly now: () => number;
}

/** Stores what clients report about the programs behind them. An attempt that waits for a report looks for it there. */
export class ClientAnswers {
  readonly #options: ClientAnswersOptions;

  constructor(options: ClientAnswersOptions) {
    this.#options = options;
  }

  /** Records a report. Ignores a client that is no longer listed, or whose key is revoked or expired. */
  async take(clientId: string, message: ResultMessage): Promise<void> {
    const { clients, apiKeys, log, now } = this.#options;
    const client = await clients.byId(clientId);
    if (!client) return;
    const { destinationId, keyDigest } = client;
    const key = keyDigest === null ? undefined : await apiKeys.get(keyDigest);
    if (keyDigest !== null && (!key || isExpired(key, new Date(now())))) return;
    await log.record(destinationId, toClientAnswer(message, now()));
  }
}
