import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { AwsError } from './aws-error.ts';
import { callerProblem } from './caller-guard.ts';
import { type OwnResources, refuseForeignCredentials } from './own-resources.ts';
import type { WireRequest, WireResponse, WireService } from './wire.ts';

/** The largest request that any service takes is an S3 object for a body of 10 MB. SQS and DynamoDB stop far below. */
const MAX_REQUEST_BYTES = 32 * 1024 * 1024;

/**
 * All embedded services behind one address, as `AWS_ENDPOINT_URL` expects: each request is routed by the service named in
 * its SigV4 credential scope. Signatures are not checked: the endpoint listens on loopback only.
 */
export class AwsEndpoint {
  readonly #services = new Map<string, WireService>();
  readonly #pages = new Map<string, () => object>();
  #ownResources: OwnResources | undefined;

  constructor(services: readonly WireService[] = []) {
    for (const service of services) this.add(service);
  }

  /** Adds a service, even while the endpoint listens: queue URLs contain the endpoint's port, so SQS is created after that. */
  add(service: WireService): void {
    this.#services.set(service.signingName, service);
  }

  /** Keeps requests of destinations away from these resources from now on. */
  protectFromDestinations(resources: OwnResources): void {
    this.#ownResources = resources;
  }

  /**
   * Serves something that no AWS API has, as JSON, to a plain `GET` without a signature. No bucket can collide with a path that
   * begins with `/_hawser/`, because names of buckets have no underscores.
   */
  addPage(path: `/_hawser/${string}`, content: () => object): void {
    this.#pages.set(path, content);
  }

  /** Answers one request; never rejects. */
  async handle(request: WireRequest): Promise<WireResponse> {
    const page = request.method === 'GET' ? this.#pages.get(request.url) : undefined;
    if (page) return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(page()) };
    const signingName = signingNameOf(request);
    const service = signingName === undefined ? undefined : this.#services.get(signingName);
    if (!service) return unroutable(request, signingName, [...this.#services.keys()]);
    try {
      if (this.#ownResources) refuseForeignCredentials(request, service, this.#ownResources);
      return await service.handle(request);
    } catch (error) {
      if (error instanceof AwsError) return service.errorResponse(error);
      process.stderr.write(`hawser: the local ${signingName} failed: ${(error as Error).stack}\n`);
      return service.errorResponse(new AwsError('InternalFailure', (error as Error).message, 500));
    }
  }

  /** Serves the endpoint over HTTP for the AWS CLI and SDKs outside this process. */
  listen(port: number, host = '127.0.0.1'): Promise<Server> {
    const server = createServer((message, reply) => {
      this.#serve(message, reply).catch((error) => {
        // If HTTP can't carry a response, for example because a header has a line break, only this connection is lost.
        process.stderr.write(`hawser: a response of the AWS endpoint could not be sent: ${String(error)}\n`);
        reply.destroy();
      });
    });
    server.keepAliveTimeout = 60_000;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, () => resolve(server));
    });
  }

  async #serve(message: IncomingMessage, reply: ServerResponse): Promise<void> {
    const problem = callerProblem(message.headers);
    if (problem) {
      reply.writeHead(403, { connection: 'close' }).end(`${problem}\n`);
      return;
    }
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of message as AsyncIterable<Buffer>) {
        bytes += chunk.byteLength;
        if (bytes > MAX_REQUEST_BYTES) {
          reply.writeHead(413, { connection: 'close' }).end();
          return;
        }
        chunks.push(chunk);
      }
    } catch {
      // The client went away in the middle of its request, so there is nobody to respond to.
      return;
    }
    const gone = new AbortController();
    reply.once('close', () => gone.abort());
    const response = await this.handle({
      method: message.method ?? 'GET',
      url: message.url ?? '/',
      headers: toSingleValues(message.headers),
      body: Buffer.concat(chunks),
      signal: gone.signal,
    });
    const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
    const hasLength = Object.keys(response.headers).some((name) => name.toLowerCase() === 'content-length');
    reply.writeHead(
      response.status,
      hasLength ? response.headers : { ...response.headers, 'content-length': String(body.byteLength) },
    );
    reply.end(message.method === 'HEAD' ? undefined : body);
  }
}

function signingNameOf(request: WireRequest): string | undefined {
  const header = request.headers.authorization?.match(/Credential=[^/]+\/\d{8}\/[^/]+\/([a-z0-9-]+)\/aws4_request/);
  if (header) return header[1];
  const presigned = request.url.match(/[?&]X-Amz-Credential=[^&]*?%2F\d{8}%2F[^&]*?%2F([a-z0-9-]+)%2Faws4_request/);
  return presigned?.[1];
}

function unroutable(request: WireRequest, signingName: string | undefined, known: string[]): WireResponse {
  if (signingName === undefined) {
    const message =
      'Missing Authentication Token: sign the request (any credentials do), so that the service can be identified';
    return errorOfNoService(request, 403, 'MissingAuthenticationTokenException', message);
  }
  const message = `Hawser's local AWS endpoint has no service ${signingName}; it has ${known.join(', ')}`;
  return errorOfNoService(request, 501, 'NotImplemented', message);
}

/** In the form that the client's protocol expects: XML if it sent a form, as clients of STS do, else JSON. */
function errorOfNoService(request: WireRequest, status: number, code: string, message: string): WireResponse {
  const requestId = randomUUID();
  if (!request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const headers = { 'content-type': 'application/json', 'x-amzn-requestid': requestId };
    return { status, headers, body: JSON.stringify({ __type: code, message }) };
  }
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body = `<ErrorResponse>${error}<RequestId>${requestId}</RequestId></ErrorResponse>`;
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

function toSingleValues(headers: IncomingMessage['headers']): Record<string, string> {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) single[name] = Array.isArray(value) ? value.join(',') : value;
  }
  return single;
}
