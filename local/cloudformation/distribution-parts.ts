import type { BehaviorSpec, DistributionSpec, HeaderRule } from '../cloudfront/distribution-spec.ts';
import type { RestApiSpec } from '../gateway/rest-api.ts';
import { TemplateError } from './template.ts';

/** Where a behavior sends a request, in the template's terms. */
export type NamedOrigin =
  | { readonly kind: 'bucket'; readonly bucket: string }
  | { readonly kind: 'api'; readonly apiId: string; readonly path: string };

export interface DeclaredDistribution extends Omit<DistributionSpec, 'behaviors'> {
  readonly behaviors: readonly (Omit<BehaviorSpec, 'origin'> & { readonly origin: NamedOrigin })[];
}

/** Several CloudFormation resources describe one distribution. This class combines them. */
export class DistributionParts {
  readonly #functions = new Map<string, string>();
  readonly #headers = new Map<string, readonly HeaderRule[]>();
  readonly #distributions: DeclaredDistribution[] = [];

  addFunction(functionArn: string, code: string): void {
    this.#functions.set(functionArn, code);
  }

  /** @throws TemplateError if the template has no such function */
  codeOf(functionArn: string): string {
    const code = this.#functions.get(functionArn);
    if (code === undefined) throw new TemplateError(`the template has no CloudFront function ${functionArn}`);
    return code;
  }

  addHeaders(policyId: string, headers: readonly HeaderRule[]): void {
    this.#headers.set(policyId, headers);
  }

  /** @throws TemplateError if the template has no such policy */
  headersOf(policyId: string): readonly HeaderRule[] {
    const headers = this.#headers.get(policyId);
    if (headers === undefined) throw new TemplateError(`the template has no response headers policy ${policyId}`);
    return headers;
  }

  add(distribution: DeclaredDistribution): void {
    this.#distributions.push(distribution);
  }

  /** The stack's distribution, if it has one. @throws TemplateError if it isn't in front of this API, or isn't the only one. */
  singleDistribution({ apiId, stageName }: RestApiSpec): DistributionSpec | undefined {
    const [distribution, ...others] = this.#distributions;
    if (distribution === undefined) return undefined;
    if (others.length > 0) {
      throw new TemplateError(`the local stack serves one distribution; the template has ${others.length + 1}`);
    }
    for (const { origin, pathPattern } of distribution.behaviors) {
      if (origin.kind === 'api' && (origin.apiId !== apiId || origin.path !== `/${stageName}`)) {
        throw new TemplateError(`${pathPattern} of the distribution must lead to the stage of the REST API`);
      }
    }
    return distribution;
  }
}
