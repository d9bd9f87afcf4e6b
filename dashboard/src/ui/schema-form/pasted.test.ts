import { describe, expect, it } from 'vitest';
import { pastedFields } from './pasted.ts';

const names = ['client_email', 'private_key', 'private_key_id'];

describe('a text that is pasted into a form', () => {
  it('fills the fields that it names, and no others', () => {
    const file = { type: 'service_account', project_id: 'p', client_email: 'a@b', private_key: '-----BEGIN\n' };
    expect(pastedFields(`\n${JSON.stringify(file, null, 2)}\n`, names)).toEqual({
      client_email: 'a@b',
      private_key: '-----BEGIN\n',
    });
  });

  it.each([
    ['that is no JSON', '{ client_email: a@b, private_key }'],
    ['of one field, which may be its value', '{"client_email":"a@b","other":1}'],
    ['of other fields', '{"a":1,"b":2}'],
    ['that is a list', '["client_email","private_key"]'],
    ['that is a word', 'client_email'],
    ['that is nothing', ''],
  ])('%s stays where it is pasted', (_, text) => {
    expect(pastedFields(text, names)).toBeUndefined();
  });
});
