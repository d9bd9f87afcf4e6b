import { labelOf, wordsOf } from '../../ui/schema-form/label.ts';

type Settings = Readonly<Record<string, unknown>>;

/** The settings of a configuration that have a value, with their labels. */
export function describeConfig(config: Settings): (readonly [label: string, value: string])[] {
  return Object.entries(config).flatMap(([name, value]) => (isSet(value) ? [[labelOf(name), textOf(value)]] : []));
}

/** `gcp service account: client email …, private key ••••` */
export function describeAuth({ type, ...fields }: Settings): string {
  const told = Object.entries(fields).flatMap(([name, value]) =>
    isSet(value) ? [`${wordsOf(name)} ${textOf(value)}`] : [],
  );
  return [String(type).replaceAll('_', ' '), ...(told.length > 0 ? [told.join(', ')] : [])].join(': ');
}

function isSet(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
