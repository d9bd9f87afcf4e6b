import { routes } from '../../functions/management/http/routes.ts';
import { openApiDocument } from '../../functions/management/openapi/document.ts';
import { ApiUnderTest } from '../../functions/management/testing/api.fixture.ts';
import {
  type ApiResponse,
  type CallOptions,
  callHandler,
  type Handler,
  ROOT_KEY,
} from '../../functions/management/testing/gateway.fixture.ts';
import { idPrefixes, type Kind } from '../../functions/management/testing/resources.fixture.ts';
import { Tenant } from '../../functions/management/testing/tenant.fixture.ts';
import { CertificateAuthority } from '../support/certificates.ts';
import { ApiDocument, type DocumentedOperation } from './api-document.ts';

const kindOfPrefix = new Map(Object.entries(idPrefixes).map(([kind, prefix]) => [prefix as string, kind as Kind]));
/** The document shows no real key, which everybody would know. The tests replace it with one that is accepted. */
const EXAMPLE_OF_A_KEY = '-----BEGIN PRIVATE KEY-----\\n…';
const PRIVATE_KEY = JSON.stringify(new CertificateAuthority().sign('hawser').privateKey).slice(1, -1);
const ID = /\b([a-z]{3})_[0-9a-f]{32}\b/g;

/** An installation, its document, and the means to call the document's operations. */
export class World {
  readonly document: ApiDocument;
  readonly #api: ApiUnderTest;
  readonly #ingest: Handler;
  #tenants = 0;

  private constructor(api: ApiUnderTest, document: ApiDocument, ingest: Handler) {
    this.#api = api;
    this.document = document;
    this.#ingest = ingest;
  }

  /** @throws Error that says what a route lacks, if there is no document because of it */
  static async start(): Promise<World> {
    const api = await ApiUnderTest.start();
    const { status, body } = await api.call('GET', '/v1/openapi.json', { headers: {} });
    if (status !== 200) openApiDocument(routes, '');
    const { handler } = await import('../../functions/ingest/handler.ts');
    return new World(api, new ApiDocument(body), handler);
  }

  get api(): ApiUnderTest {
    return this.#api;
  }

  /** An organization with one thing of each kind. */
  async newTenant(): Promise<Inhabitant> {
    const name = `tenant-${++this.#tenants}`;
    return new Inhabitant(await Tenant.create(this.#api, name), name);
  }

  call({ method, path }: { method: string; path: string }, options: CallOptions): Promise<ApiResponse> {
    return path.startsWith('/in/')
      ? callHandler(this.#ingest, method, path, options)
      : this.#api.call(method, path, options);
  }

  close(): Promise<void> {
    return this.#api.close();
  }
}

/** A tenant whose things replace those in the document's examples. */
export class Inhabitant {
  readonly tenant: Tenant;
  readonly name: string;

  constructor(tenant: Tenant, name: string) {
    this.tenant = tenant;
    this.name = name;
  }

  /** The tenant's own id in place of one in an example. */
  idLike(prefix: string, pick = 0): string {
    const kind = kindOfPrefix.get(prefix);
    const id = kind && this.tenant.things.some(kind, pick);
    if (!id) throw new Error(`${this.name} has nothing with an id like ${prefix}_…`);
    return id;
  }

  /** A documented example of a path or query parameter or of a body, with ids of things that exist. */
  translate<T>(example: T, pick = 0): T {
    return JSON.parse(
      JSON.stringify(example)
        .replaceAll(ID, (_, prefix: string) => this.idLike(prefix, pick))
        .replaceAll(/hwk_\w+/g, ROOT_KEY)
        .replaceAll(EXAMPLE_OF_A_KEY, PRIVATE_KEY),
    );
  }

  pathOf({ path, parameters }: DocumentedOperation): string {
    const inPath = parameters.filter((parameter) => parameter.in === 'path');
    return inPath.reduce((text, { name, example }) => text.replace(`{${name}}`, String(this.translate(example))), path);
  }
}
