import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SynthesizedTemplate } from '../template/support.ts';

const project = new URL('../../', import.meta.url);
/** The text of a file, with line breaks as spaces. */
const read = (file: string) => readFileSync(new URL(file, project), 'utf8').replaceAll(/\s+/g, ' ');
const template = new SynthesizedTemplate();
const count = (type: string) => template.ofType(type).length;

/** An alarm on an expression costs as much as one on each of its metrics. */
const metricsOfAlarms = template
  .ofType('AWS::CloudWatch::Alarm')
  .map(({ properties: { Metrics } }) =>
    Array.isArray(Metrics) ? Metrics.filter((one) => 'MetricStat' in one).length : 1,
  )
  .reduce((sum, metrics) => sum + metrics);

it('the pages state the fixed costs of the resources in the template', () => {
  const [alarms, keys] = [count('AWS::CloudWatch::Alarm'), count('AWS::KMS::Key')];
  expect(count('AWS::SecretsManager::Secret')).toBe(1);
  expect(read('docs/architecture.md')).toContain(
    `${alarms} alarms on ${metricsOfAlarms} metrics at $0.10, ${keys} KMS keys at $1.00, a secret at $0.40`,
  );
  const fixed = metricsOfAlarms * 0.1 + 0.4;
  const sum = (fixed + keys).toFixed(2);
  expect(read('README.md').match(/\$[\d.]+ a month/g)).toEqual([`$${sum} a month`, `$${sum} a month`]);
  const rotated = template
    .ofType('AWS::KMS::Key')
    .filter(({ properties }) => properties.EnableKeyRotation === true).length;
  const after = (rotations: number) => (fixed + keys + rotations * rotated).toFixed(2);
  expect(read('docs/architecture.md')).toContain(`$${after(1)} in the second year, $${after(2)} from the third on`);
  expect(read('README.md')).toContain(`from the third year on $${after(2)}`);
});

it('the pages use the actual names of alarms', () => {
  const names = template.ofType('AWS::CloudWatch::Alarm').map(({ properties }) => String(properties.AlarmName));
  const pages = readdirSync(new URL('docs', project), { recursive: true, encoding: 'utf8' });
  const called = pages
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) =>
      [...read(`docs/${name}`).matchAll(/\balarm\s+`([\w-]+)`/g)].map(([, alarm]) => `Hawser-${alarm}`),
    );
  expect(called.length).toBeGreaterThan(2);
  expect(called.filter((name) => !names.includes(name))).toEqual([]);
});
