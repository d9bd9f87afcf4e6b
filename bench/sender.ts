import { Agent, request } from 'node:http';

export interface SendOptions {
  readonly url: string;
  readonly events: number;
  readonly bytes: number;
  /** Webhooks in flight at a time. */
  readonly senders: number;
  /** At most this many a second. Without it, each sender sends its next webhook as soon as its last one is answered. */
  readonly perSecond?: number;
  readonly onSent?: (sent: number) => void;
}

/**
 * Sends webhooks over kept-alive connections.
 * @throws Error if one is not answered with 200, because the figures would then measure something else
 */
export async function send(options: SendOptions): Promise<void> {
  const { url, events, bytes, senders, perSecond, onSent } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: senders });
  const startMs = performance.now();
  let next = 0;
  const sendSome = async () => {
    while (next < events) {
      const index = next++;
      if (perSecond !== undefined) {
        const waitMs = startMs + (index / perSecond) * 1000 - performance.now();
        if (waitMs > 1) await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
      await post(agent, url, body(index, bytes));
      onSent?.(index + 1);
    }
  };
  try {
    await Promise.all(Array.from({ length: senders }, sendSome));
  } finally {
    agent.destroy();
  }
}

/** JSON like that of a webhook: keys that repeat, values that don't. */
export function body(index: number, bytes: number): Buffer {
  const head = `{"type":"charge.succeeded","sequence":${index},"data":"`;
  const filler = Array.from({ length: Math.ceil(bytes / 11) }, (_, part) => ((index + 1) * (part + 7919)).toString(36));
  return Buffer.from(
    `${head}${filler
      .join(' ')
      .padEnd(bytes, '.')
      .slice(0, Math.max(0, bytes - head.length - 2))}"}`,
  );
}

/** @returns the body of the response */
export function post(
  agent: Agent,
  url: string,
  content: Buffer,
  headers: Record<string, string> = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        method: 'POST',
        agent,
        headers: {
          'Content-Type': 'application/json',
          'User-Agent': 'hawser-bench/1',
          'Content-Length': content.byteLength,
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString());
          else reject(new Error(`a webhook was answered ${response.statusCode}`));
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(content);
  });
}
