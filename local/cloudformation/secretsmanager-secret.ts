import * as z from 'zod';
import { stableId } from './names.ts';
import { resourceType, tags } from './resource-type.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html */
export const secretsManagerSecret = resourceType({
  type: 'AWS::SecretsManager::Secret',
  properties: z.strictObject({
    Name: z.string().optional(),
    SecretString: z.string().optional(),
    GenerateSecretString: z
      .strictObject({
        PasswordLength: z.int().optional(),
        ExcludeCharacters: z.string().optional(),
        ExcludeLowercase: z.boolean().optional(),
        ExcludeNumbers: z.boolean().optional(),
        ExcludePunctuation: z.boolean().optional(),
        ExcludeUppercase: z.boolean().optional(),
        IncludeSpace: z.boolean().optional(),
        RequireEachIncludedType: z.boolean().optional(),
        SecretStringTemplate: z.string().optional(),
        GenerateStringKey: z.string().optional(),
      })
      .optional(),
  }),
  harmless: {
    ...tags,
    Description: 'for people',
    KmsKeyId: 'the data folder is as safe as the disk it lies on',
  },
  create({ Name, SecretString, GenerateSecretString }, { factories, stackName, logicalId, newSecrets }) {
    const name = Name ?? `${logicalId}-${stableId(`${stackName}/${logicalId}`, 12)}`;
    const { arn, created } = factories.secretsManager.ensureSecret({
      name,
      ...(GenerateSecretString && { generate: GenerateSecretString }),
      ...(SecretString !== undefined && { value: SecretString }),
    });
    if (created) newSecrets.add(arn);
    return { ref: arn, attributes: { Id: arn } };
  },
});
