import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { body, post } from '../../bench/sender.ts';
import { SEQUENCE_HEADER } from './receivers.ts';

/** Webhooks in flight at a time. */
const SENDERS = 8;
/** With its headers, a row of the events table stays below a kilobyte: one write unit. */
const BODY_BYTES = 512;

export interface Sending {
  readonly url: string;
  readonly events: number;
  /** Without it, as fast as they are answered. */
  readonly perSecond?: number | undefined;
  /** While this is true, nothing is sent: a queue that keeps growing would measure the machine. */
  readonly isBehind: () => boolean;
  readonly onSent: (sent: number) => void;
}

/** Sends webhooks with consecutive numbers, and remembers the ids of those that were accepted. */
export class LoadSender {
  readonly accepted = new Set<string>();
  readonly #agent = new Agent({ keepAlive: true, maxSockets: SENDERS });
  #sequence = 0;

  /** @throws Error when one is not answered with 200 */
  async send({ url, events, perSecond, isBehind, onSent }: Sending): Promise<void> {
    const begin = this.#sequence;
    const startMs = performance.now();
    let sent = 0;
    const sendSome = async () => {
      while (this.#sequence < begin + events) {
        const sequence = this.#sequence++;
        if (perSecond !== undefined) {
          await pause(Math.max(0, startMs + ((sequence - begin) / perSecond) * 1000 - performance.now()));
        }
        while (isBehind()) await pause(5);
        const headers = { [SEQUENCE_HEADER]: String(sequence) };
        const answer = await post(this.#agent, url, body(sequence, BODY_BYTES), headers);
        this.accepted.add((JSON.parse(answer) as { id: string }).id);
        onSent(++sent);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, sendSome));
  }

  stop(): void {
    this.#agent.destroy();
  }
}
