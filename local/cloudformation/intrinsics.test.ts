// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { describe, expect, it } from 'vitest';
import { resolve, type Scope } from './intrinsics.ts';
import { TemplateError } from './template.ts';

const scope: Scope = {
  ref: (name) =>
    ({ Queue: 'http://127.0.0.1:4101/000000000000/queue', 'AWS::Region': 'us-east-1', Many: ['a', 'b'] })[name],
  attribute: (logicalId, attribute) => `${logicalId}/${attribute}`,
  condition: (name) => name === 'Yes',
};

describe('resolve', () => {
  const cases: [string, unknown, unknown][] = [
    ['leaves plain values alone', { a: [1, true, null, 'x'] }, { a: [1, true, null, 'x'] }],
    ['Ref', { Url: { Ref: 'Queue' } }, { Url: 'http://127.0.0.1:4101/000000000000/queue' }],
    ['a member named Ref among others is data', { Ref: 'Queue', other: 1 }, { Ref: 'Queue', other: 1 }],
    ['Fn::GetAtt', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'Queue/Arn'],
    ['Fn::GetAtt with a nested attribute', { 'Fn::GetAtt': ['Stack', 'Outputs.Url'] }, 'Stack/Outputs.Url'],
    ['Fn::Join', { 'Fn::Join': ['-', ['a', { Ref: 'AWS::Region' }, 3]] }, 'a-us-east-1-3'],
    ['Fn::Join of a list', { 'Fn::Join': [',', { Ref: 'Many' }] }, 'a,b'],
    ['Fn::Sub', { 'Fn::Sub': 'x-${AWS::Region}-${Queue.Arn}' }, 'x-us-east-1-Queue/Arn'],
    [
      'Fn::Sub with variables of its own',
      { 'Fn::Sub': ['${A}/${AWS::Region}', { A: { Ref: 'AWS::Region' } }] },
      'us-east-1/us-east-1',
    ],
    ['Fn::Sub keeps an escaped dollar', { 'Fn::Sub': '${!Literal}' }, '${Literal}'],
    [
      'Fn::Select and Fn::Split',
      { 'Fn::Select': [1, { 'Fn::Split': ['/', { 'Fn::GetAtt': ['Q', 'Name'] }] }] },
      'Name',
    ],
    ['Fn::If takes the branch of its condition', { 'Fn::If': ['Yes', 'then', { Ref: 'Nowhere' }] }, 'then'],
    ['AWS::NoValue removes a property', { a: 1, b: { Ref: 'AWS::NoValue' } }, { a: 1 }],
    ['AWS::NoValue out of Fn::If removes a property', { a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] } }, {}],
    ['AWS::NoValue removes a list entry', ['a', { Ref: 'AWS::NoValue' }], ['a']],
    ['AWS::NoValue alone is nothing', { Ref: 'AWS::NoValue' }, undefined],
  ];
  it.each(cases)('a value is resolved: %s', (_, value, expected) => {
    expect(resolve(value, scope)).toEqual(expected);
  });

  it('an unknown intrinsic function is refused', () => {
    expect(() => resolve({ 'Fn::ImportValue': 'x' }, scope)).toThrow(
      "doesn't support the intrinsic function Fn::ImportValue",
    );
  });

  it.each([
    { 'Fn::Join': ['-', 'not a list'] },
    { 'Fn::Select': [3, ['a']] },
    { 'Fn::GetAtt': 'Queue.Arn' },
    { 'Fn::If': ['Yes', 'only one'] },
  ])('a malformed intrinsic function is refused: %j', (value) => {
    expect(() => resolve(value, scope)).toThrow(TemplateError);
  });
});
