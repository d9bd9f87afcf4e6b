import type { Deployment } from './cloudformation/deployment.ts';
import { TemplateError } from './cloudformation/template.ts';
import type { SecretsManager } from './secretsmanager/secretsmanager.ts';

/** The environment variable that names the secret with a function's root key. */
const SECRET_ARN_VARIABLE = 'ROOT_KEY_SECRET_ARN';

export interface RootKey {
  readonly value: string;
  /** Created at this start, so nobody has seen it yet. */
  readonly isNew: boolean;
  readonly secretArn: string;
}

/**
 * The root key of the API: the secret from which the functions read it.
 * @param wanted replaces the value in the data folder.
 * @throws TemplateError if the template gives no function such a secret.
 */
export function rootKeyOf(
  { functionEnvironments, newSecrets }: Deployment,
  secretsManager: Pick<SecretsManager, 'getValue' | 'putValue'>,
  wanted: string | undefined,
): RootKey {
  const secretArn = [...functionEnvironments.values()].find((environment) => environment[SECRET_ARN_VARIABLE])?.[
    SECRET_ARN_VARIABLE
  ];
  if (secretArn === undefined) {
    throw new TemplateError(`no function of the template has the variable ${SECRET_ARN_VARIABLE}`);
  }
  if (wanted !== undefined && secretsManager.getValue(secretArn) !== wanted) secretsManager.putValue(secretArn, wanted);
  const value = secretsManager.getValue(secretArn);
  return { value, isNew: wanted === undefined && newSecrets.has(secretArn), secretArn };
}
