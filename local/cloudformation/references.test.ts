// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the syntax of Fn::Sub
import { describe, expect, it } from 'vitest';
import { creationOrder, referencesIn } from './references.ts';
import { parseTemplate } from './template.ts';

const isParameter = (name: string) => name.startsWith('AWS::');

function orderOf(resources: Record<string, unknown>, conditions: Record<string, boolean> = {}): string[] {
  return creationOrder(parseTemplate({ Resources: resources }), isParameter, (name) => conditions[name] ?? false);
}

describe('creationOrder', () => {
  it('a resource is created after those it refers to, whatever the form of the reference', () => {
    const order = orderOf({
      Function: {
        Type: 'T',
        Properties: {
          A: { Ref: 'Table' },
          B: { 'Fn::Sub': 'x${Queue.Arn}${AWS::Region}' },
          C: { 'Fn::GetAtt': ['Key', 'Arn'] },
        },
        DependsOn: 'Role',
      },
      Table: { Type: 'T' },
      Queue: { Type: 'T', Properties: { Redrive: { 'Fn::GetAtt': ['DeadLetters', 'Arn'] } } },
      DeadLetters: { Type: 'T' },
      Key: { Type: 'T' },
      Role: { Type: 'T' },
    });
    expect(order).toEqual(['Role', 'Table', 'DeadLetters', 'Queue', 'Key', 'Function']);
  });

  it('the error of a cycle names its resources', () => {
    const resources = {
      A: { Type: 'T', Properties: { X: { Ref: 'B' } } },
      B: { Type: 'T', DependsOn: ['C'] },
      C: { Type: 'T', Properties: { X: { 'Fn::GetAtt': ['A', 'Arn'] } } },
    };
    expect(() => orderOf(resources)).toThrow('resources refer to each other: A → B → C → A');
  });

  it('the error of a reference to nothing names what is not declared', () => {
    expect(() => orderOf({ A: { Type: 'T', Properties: { X: { Ref: 'Missing' } } } })).toThrow(
      "A refers to Missing, which the template doesn't declare",
    );
  });

  it('a resource whose condition is false is left out', () => {
    const resources = { A: { Type: 'T', DependsOn: ['B'] }, B: { Type: 'T', Condition: 'Never' } };
    expect(orderOf(resources)).toEqual(['A']);
    expect(orderOf(resources, { Never: true })).toEqual(['B', 'A']);
  });
});

describe('referencesIn', () => {
  it('only the branch of Fn::If that is taken counts', () => {
    const value = { 'Fn::If': ['C', { Ref: 'A' }, { Ref: 'B' }] };
    expect(referencesIn(value, () => true)).toEqual(['A']);
    expect(referencesIn(value, () => false)).toEqual(['B']);
  });

  it("Fn::Sub's own variables and escapes are not references", () => {
    expect(referencesIn({ 'Fn::Sub': ['${Own}${!No}${Other}', { Own: { Ref: 'Deep' } }] }, () => true)).toEqual([
      'Other',
      'Deep',
    ]);
  });
});
