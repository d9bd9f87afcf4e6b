import { expect, it } from 'vitest';
import { parseOptions, usage, variableOfPort } from './options.ts';

it('has a default for everything but the root key', () => {
  expect(parseOptions({})).toEqual({ port: 4100, awsPort: 4101, dataDir: '.hawser' });
});

it('reads every option from its variable', () => {
  const environment = {
    HAWSER_PORT: '5000',
    HAWSER_AWS_PORT: '5001',
    HAWSER_DATA_DIR: '/tmp/x',
    HAWSER_ROOT_KEY: 'secret',
  };
  expect(parseOptions(environment)).toEqual({ port: 5000, awsPort: 5001, dataDir: '/tmp/x', rootKey: 'secret' });
});

it.each([
  [{ HAWSER_PORT: 'http' }, 'HAWSER_PORT is "http"; allowed: a port, 1 to 65535'],
  [{ HAWSER_AWS_PORT: '70000' }, 'HAWSER_AWS_PORT is "70000"; allowed: a port, 1 to 65535'],
  [{ HAWSER_DATA_DIR: '' }, 'HAWSER_DATA_DIR is ""; allowed: a folder, made when missing'],
  [{ HAWSER_PORT: '4101' }, 'HAWSER_PORT and HAWSER_AWS_PORT must differ'],
])('refuses %j', (environment, message) => {
  expect(() => parseOptions(environment)).toThrow(message);
});

it('refuses an unusable root key without repeating it', () => {
  expect(() => parseOptions({ HAWSER_ROOT_KEY: 'two words' })).toThrow(
    /^HAWSER_ROOT_KEY is not usable; allowed: 1 to 256 visible ASCII characters$/,
  );
});

it('knows the variable of a port', () => {
  const options = parseOptions({});
  expect([4100, 4101, 80].map((port) => variableOfPort(options, port))).toEqual([
    'HAWSER_PORT',
    'HAWSER_AWS_PORT',
    undefined,
  ]);
});

it('explains every variable in the help', () => {
  for (const name of ['HAWSER_PORT', 'HAWSER_AWS_PORT', 'HAWSER_DATA_DIR', 'HAWSER_ROOT_KEY'])
    expect(usage).toContain(name);
});
