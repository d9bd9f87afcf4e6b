import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { parseTemplate, type Template, TemplateError } from './template.ts';

/** The result of a synthesis for one stack. */
export interface Assembly {
  readonly stackName: string;
  readonly template: Template;
  /** Folders and files of the assets, by their key in the bootstrap bucket, such as the `Code.S3Key` of a function. */
  readonly assetPaths: ReadonlyMap<string, string>;
}

const manifestSchema = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      properties: z
        .object({ templateFile: z.string().optional(), stackName: z.string().optional(), file: z.string().optional() })
        .optional(),
    }),
  ),
});

const assetsSchema = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.string() }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

/**
 * Reads a cloud assembly, the folder that `cdk synth` writes.
 * @throws TemplateError if it doesn't hold exactly one stack.
 */
export function readAssembly(directory: string): Assembly {
  const { artifacts } = manifestSchema.parse(readJson(directory, 'manifest.json'));
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  const templateFile = stack?.[1].properties?.templateFile;
  if (!stack || templateFile === undefined || stacks.length > 1) {
    throw new TemplateError(`the local stack runs one stack; the CDK app has ${stacks.length}`);
  }
  const assetPaths = Object.values(artifacts)
    .filter(({ type }) => type === 'cdk:asset-manifest')
    .flatMap(({ properties }) => (properties?.file === undefined ? [] : assetsIn(directory, properties.file)));
  return {
    stackName: stack[1].properties?.stackName ?? stack[0],
    template: parseTemplate(readJson(directory, templateFile)),
    assetPaths: new Map(assetPaths),
  };
}

function assetsIn(directory: string, file: string): [string, string][] {
  const { files } = assetsSchema.parse(readJson(directory, file));
  return Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ objectKey }): [string, string] => [objectKey, join(directory, source.path)]),
  );
}

function readJson(directory: string, file: string): unknown {
  return JSON.parse(readFileSync(join(directory, file), 'utf8'));
}
