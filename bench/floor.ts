import { randomUUID } from 'node:crypto';
import { Agent, createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signStandardWebhook } from '../core/signing/signature.ts';

/** The floor: receive, sign, POST, answer. No store, no queue, no retry: the least that any gateway must do. */
const target = new URL(process.argv[2] ?? '');
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const agent = new Agent({ keepAlive: true });

const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const body = Buffer.concat(chunks);
    const signature = signStandardWebhook(randomUUID(), Math.floor(Date.now() / 1000), body, [secret]);
    const headers = { 'content-type': 'application/json', 'content-length': body.byteLength, ...signature };
    const outgoing = httpRequest(target, { method: 'POST', agent, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{"id":"x"}'));
    });
    outgoing.on('error', (error) => {
      throw error;
    });
    outgoing.end(body);
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on('disconnect', () => process.exit(0));
