import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Delivery {
  readonly id: string;
  readonly event_id: string;
  readonly destination_id: string;
  readonly status: string;
  readonly attempt_count: number;
}

interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const MAX_TRIES = 20;

/** Calls the API like a patient program: tries again, with the same key, until the answer is neither a 5xx nor a 429. */
export class Client {
  readonly #apiUrl: string;

  constructor(apiUrl: string) {
    this.#apiUrl = apiUrl;
  }

  async ask(method: string, path: string, body?: unknown): Promise<Answered> {
    const key = method === 'POST' ? randomUUID() : undefined;
    for (let tries = 1; ; tries++) {
      const answered = await this.#once(method, path, body, key);
      // The first try, whose answer was lost, may still be at work.
      const isUnderWay = answered?.status === 409 && tries > 1 && tries < MAX_TRIES / 2;
      if (answered && answered.status < 500 && answered.status !== 429 && !isUnderWay) return answered;
      if (tries === MAX_TRIES) throw new Error(`${method} ${path} is answered ${answered?.status} again and again`);
      await sleep(20);
    }
  }

  async get<T>(path: string): Promise<T> {
    return this.#expect('GET', path);
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return this.#expect('POST', path, body);
  }

  /** All pages of a list. */
  async list<T>(path: string, name: string): Promise<T[]> {
    const found: T[] = [];
    const query = `${path}${path.includes('?') ? '&' : '?'}limit=100`;
    for (let cursor: unknown = ''; typeof cursor === 'string'; ) {
      const page = await this.get<Record<string, unknown>>(
        `${query}${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      found.push(...(page[name] as T[]));
      cursor = page.cursor;
    }
    return found;
  }

  async #expect<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answered = await this.ask(method, path, body);
    if (answered.status < 300) return answered.body as T;
    throw new Error(`${method} ${path} is answered ${answered.status} ${JSON.stringify(answered.body)}`);
  }

  async #once(method: string, path: string, body: unknown, key: string | undefined): Promise<Answered | undefined> {
    const response = await fetch(new URL(path, this.#apiUrl), {
      method,
      headers: { authorization: 'Bearer root', ...(key !== undefined && { 'idempotency-key': key }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => undefined);
    const text = await response?.text();
    return response && { status: response.status, body: text ? (JSON.parse(text) as Answered['body']) : {} };
  }
}
