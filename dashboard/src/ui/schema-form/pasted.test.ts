import { describe, expect, it } from 'vitest';
import { pastedFields } from './pasted.ts';

const names = ['client_email', 'private_key', 'private_key_id'];

describe('text pasted into a form', () => {
  it('pasted JSON fills the fields that it names, and no others', () => {
    const file = { type: 'service_account', project_id: 'p', client_email: 'a@b', private_key: '-----BEGIN\n' };
    expect(pastedFields(`\n${JSON.stringify(file, null, 2)}\n`, names)).toEqual({
      client_email: 'a@b',
      private_key: '-----BEGIN\n',
    });
  });

  it.each([
    ['that is not JSON', '{ client_email: a@b, private_key }'],
    ['with a single field, which may be a value itself', '{"client_email":"a@b","other":1}'],
    ['with other fields only', '{"a":1,"b":2}'],
    ['that is a list', '["client_email","private_key"]'],
    ['that is a word', 'client_email'],
    ['that is empty', ''],
  ])('text %s stays where it was pasted', (_, text) => {
    expect(pastedFields(text, names)).toBeUndefined();
  });
});
