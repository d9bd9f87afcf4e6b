import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, verify } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { protos } from '@google-cloud/pubsub';
import type { AuthOf } from '../../core/destination-types/auth.ts';
import { type Behaviour, type ReceivedWebhook, Receiver } from '../../test/support/receiver.ts';

/**
 * Google's token endpoint and Pub/Sub's REST API on a loopback port. Google's own Pub/Sub emulator is a Java program that accepts
 * any token. This one checks what Google documents, and reads publish requests by Google's own definition of them.
 *
 * https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 * https://docs.cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish
 */

const { PublishRequest, PublishResponse } = protos.google.pubsub.v1;
type PubsubMessage = protos.google.pubsub.v1.IPubsubMessage;

const TOKEN_URI = 'https://oauth2.googleapis.com/token';
const SCOPES = ['https://www.googleapis.com/auth/pubsub', 'https://www.googleapis.com/auth/cloud-platform'];
const PUBLISH = /^\/v1\/projects\/([^/]+)\/topics\/([^/:]+):publish$/;
const MAX_REQUEST_BYTES = 10_000_000;

/** A service account with a key of its own. */
export function newServiceAccount(name = 'hawser'): AuthOf<'gcp_service_account'> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    type: 'gcp_service_account',
    client_email: `${name}@my-project.iam.gserviceaccount.com`,
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    private_key_id: randomBytes(20).toString('hex'),
  };
}

/** A message as Pub/Sub accepted it. */
interface Published {
  readonly topic: string;
  readonly message: PubsubMessage;
}

export class GooglePeer {
  readonly url: string;
  /** The requests to either endpoint, in order. */
  readonly requests: readonly ReceivedWebhook[];
  readonly published: Published[] = [];
  /** The assertions that got a token. */
  readonly assertions: { readonly header: Json; readonly claims: Json }[] = [];
  readonly topics = new Set(['projects/my-project/topics/orders']);
  /** Used in place of the peer's own answers. */
  answerToken: Behaviour | undefined;
  answerPublish: Behaviour | undefined;
  readonly #receiver: Receiver;
  readonly #now: () => number;
  readonly #keys = new Map<string, { readonly id: string | undefined; readonly key: KeyObject }[]>();
  readonly #tokens = new Map<string, { readonly scopes: readonly string[]; readonly expiresAtMs: number }>();

  private constructor(receiver: Receiver, now: () => number) {
    this.#receiver = receiver;
    this.#now = now;
    this.url = new URL(receiver.url).origin;
    this.requests = receiver.received;
    receiver.behave = (request, response) => {
      const { pathname } = new URL(request.url, this.url);
      if (pathname === '/token') return (this.answerToken ?? this.handOutToken)(request, response);
      (this.answerPublish ?? this.#publish)(request, response);
    };
  }

  static async start(now: () => number): Promise<GooglePeer> {
    return new GooglePeer(await Receiver.start(), now);
  }

  stop(): Promise<void> {
    return this.#receiver.stop();
  }

  know({ client_email, private_key, private_key_id }: AuthOf<'gcp_service_account'>): void {
    const keys = this.#keys.get(client_email) ?? [];
    this.#keys.set(client_email, [...keys, { id: private_key_id, key: createPublicKey(private_key) }]);
  }

  /** Invalidates all tokens issued so far, as deleting the key does. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  get tokenRequests(): readonly ReceivedWebhook[] {
    return this.requests.filter(({ url }) => url === '/token');
  }

  get publishRequests(): readonly ReceivedWebhook[] {
    return this.requests.filter(({ url }) => url !== '/token');
  }

  readonly handOutToken: Behaviour = ({ method, headers, body }, response) => {
    const form = new URLSearchParams(body.toString());
    if (method !== 'POST' || !headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      return json(response, 400, { error: 'invalid_request', error_description: 'a form is posted' });
    }
    if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
      return json(response, 400, { error: 'unsupported_grant_type', error_description: 'Invalid grant_type' });
    }
    const assertion = form.get('assertion') ?? '';
    const problem = this.#assertionProblem(assertion);
    if (problem) return json(response, 400, { error: 'invalid_grant', error_description: problem });
    const [header, claims] = parts(assertion);
    const scopes = String(claims?.scope ?? '').split(' ');
    if (!scopes.some((scope) => SCOPES.includes(scope))) {
      return json(response, 400, { error: 'invalid_scope', error_description: 'Invalid OAuth scope' });
    }
    this.assertions.push({ header: header ?? {}, claims: claims ?? {} });
    const token = `ya29.c.${randomBytes(128).toString('base64url')}`;
    this.#tokens.set(token, { scopes, expiresAtMs: this.#now() + 3_599_000 });
    json(response, 200, { access_token: token, expires_in: 3_599, token_type: 'Bearer' });
  };

  #assertionProblem(assertion: string): string | undefined {
    const [header, claims] = parts(assertion);
    if (!header || !claims || header.alg !== 'RS256') return 'Bad Request';
    const { iss, aud, iat, exp } = claims;
    const keys = this.#keys.get(String(iss));
    if (!keys) return 'Invalid grant: account not found';
    const usable = keys.filter(({ id }) => header.kid === undefined || header.kid === id);
    const [signed, signature = ''] = [assertion.slice(0, assertion.lastIndexOf('.')), assertion.split('.')[2]];
    const isSigned = ({ key }: { key: KeyObject }) =>
      verify('sha256', Buffer.from(signed), key, Buffer.from(signature, 'base64url'));
    if (!usable.some(isSigned)) return 'Invalid JWT Signature.';
    if (aud !== TOKEN_URI) return 'Invalid JWT: Failed audience check.';
    const nowSeconds = this.#now() / 1000;
    const inTime = typeof iat === 'number' && typeof exp === 'number' && iat <= nowSeconds && nowSeconds < exp;
    return inTime && exp - iat <= 3_600
      ? undefined
      : 'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.';
  }

  readonly #publish: Behaviour = ({ method, url, headers, body }, response) => {
    const [, project = '', topicId = ''] = PUBLISH.exec(new URL(url, this.url).pathname) ?? [];
    if (method !== 'POST' || topicId === '') return rpcError(response, 404, 'NOT_FOUND', 'Method not found.');
    const token = this.#tokens.get(headers.authorization?.replace(/^Bearer /, '') ?? '');
    if (!token || this.#now() >= token.expiresAtMs) {
      return rpcError(response, 401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    }
    const topic = `projects/${decodeURIComponent(project)}/topics/${decodeURIComponent(topicId)}`;
    if (!this.topics.has(topic))
      return rpcError(response, 404, 'NOT_FOUND', `Resource not found (resource=${topicId}).`);
    const { messages, problem } = readPublish(topic, headers['content-type'], body);
    if (problem) return rpcError(response, 400, 'INVALID_ARGUMENT', problem);
    const before = this.published.length;
    this.published.push(...messages.map((message) => ({ topic, message })));
    const messageIds = messages.map((_, index) => String(before + index + 1));
    json(response, 200, PublishResponse.toObject(PublishResponse.create({ messageIds })));
  };
}

type Json = Readonly<Record<string, unknown>>;

/** Header and claims of a JWT. */
function parts(jwt: string): (Json | undefined)[] {
  return jwt
    .split('.')
    .slice(0, 2)
    .map((part) => {
      try {
        return JSON.parse(Buffer.from(part, 'base64url').toString());
      } catch {
        // Not JSON, so not a JWT: Google answers Bad Request.
        return undefined;
      }
    });
}

function readPublish(topic: string, contentType: string | undefined, body: Buffer) {
  const refuse = (problem: string) => ({ messages: [], problem });
  if (body.byteLength > MAX_REQUEST_BYTES) return refuse(`The value for request_size is too large: ${body.byteLength}`);
  if (!contentType?.startsWith('application/json')) return refuse('Invalid content type');
  const given: { messages?: object[] } = JSON.parse(body.toString());
  const request = PublishRequest.fromObject({ ...given, topic });
  // Converting drops fields that the definition does not have, and changes data that is not base64, or not text.
  const read = PublishRequest.toObject(request, { bytes: String });
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(read)), { ...given, topic })) {
    return refuse('Invalid JSON payload received.');
  }
  const problem = request.messages.length === 0 ? 'no messages' : request.messages.map(messageProblem).find(Boolean);
  return problem ? refuse(problem) : { messages: request.messages, problem: undefined };
}

/** https://docs.cloud.google.com/pubsub/quotas#resource_limits */
function messageProblem({ data, attributes, messageId, publishTime, orderingKey }: PubsubMessage): string | undefined {
  const entries = Object.entries(attributes ?? {});
  if (entries.length === 0 && !data?.length) return 'a message has data or an attribute';
  if (messageId || publishTime) return 'messageId and publishTime are set by Pub/Sub';
  if (entries.length > 100) return 'too many attributes';
  if (entries.some(([name]) => name === '' || name.startsWith('goog') || Buffer.byteLength(name) > 256)) {
    return 'the name of an attribute';
  }
  if (entries.some(([, value]) => Buffer.byteLength(value) > 1_024)) return 'the value of an attribute';
  return Buffer.byteLength(orderingKey ?? '') > 1_024 ? 'the ordering key' : undefined;
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
}

function rpcError(response: ServerResponse, code: number, status: string, message: string): void {
  json(response, code, { error: { code, message, status } });
}
