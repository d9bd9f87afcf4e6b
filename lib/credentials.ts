import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { variable } from '../functions/shared/environment.ts';
import { acknowledge } from './acknowledge.ts';
import type { HawserConfig } from './config.ts';
import type { HawserFunction } from './hawser-function.ts';
import { retainedRemovalPolicy } from './removal.ts';

/**
 * The key under which signing secrets, credentials and answers that show some are envelope-encrypted, and the root key of the
 * API.
 * The encryption context `{organization, resource}` binds each ciphertext to its owner.
 */
export class Credentials extends Construct {
  readonly rootKey: Secret;
  private readonly key: Key;

  constructor(scope: Construct, id: string, config: HawserConfig) {
    super(scope, id);
    const removalPolicy = retainedRemovalPolicy(config);
    this.key = new Key(this, 'Key', {
      description: 'Encrypts signing secrets, credentials and answers that show some, of Hawser',
      enableKeyRotation: true,
      removalPolicy,
    });
    this.rootKey = new Secret(this, 'RootKey', {
      description: 'Root key of the API of Hawser: makes organizations and API keys',
      // 48 letters and digits: 285 bits, and nothing that a shell or a header would need quoted.
      generateSecretString: { passwordLength: 48, excludePunctuation: true },
      removalPolicy,
    });
    acknowledge(
      this.rootKey,
      'SMG4',
      'A person holds the root key: a rotation that nobody asked for would lock them out. docs/operations.md says how to rotate it.',
    );
  }

  /** For a function that creates and reads secrets: the management API. */
  grantEncryptAndDecrypt(fn: HawserFunction): void {
    fn.setVariable(variable.credentialsKeyArn, this.key.keyArn);
    fn.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [this.key.keyArn]);
  }

  /** For a function that signs or verifies with them: delivery, ingest. */
  grantDecrypt(fn: HawserFunction): void {
    fn.setVariable(variable.credentialsKeyArn, this.key.keyArn);
    fn.allow(['kms:Decrypt'], [this.key.keyArn]);
  }

  grantReadRootKey(fn: HawserFunction): void {
    fn.setVariable(variable.rootKeySecretArn, this.rootKey.secretArn);
    fn.allow(['secretsmanager:GetSecretValue'], [this.rootKey.secretArn]);
  }
}
