import { expect, it } from 'vitest';
import { Conditions } from './conditions.ts';

const conditions = new Conditions(
  {
    InRegion: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] },
    Not: { 'Fn::Not': [{ Condition: 'InRegion' }] },
    And: { 'Fn::And': [{ Condition: 'InRegion' }, { Condition: 'Not' }] },
    Or: { 'Fn::Or': [{ Condition: 'InRegion' }, { Condition: 'Not' }] },
    Self: { 'Fn::Not': [{ Condition: 'Self' }] },
    Odd: { 'Fn::Contains': [[], 'x'] },
  },
  () => 'us-east-1',
);

it.each([
  ['InRegion', true],
  ['Not', false],
  ['And', false],
  ['Or', true],
])('the condition %s is %s', (name, expected) => {
  expect(conditions.isTrue(name)).toBe(expected);
});

it.each([
  ['Self', 'the condition Self depends on itself'],
  ['Odd', "doesn't support the condition function Fn::Contains"],
  ['Missing', 'the condition Missing is not declared'],
])('the condition %s is refused', (name, message) => {
  expect(() => conditions.isTrue(name)).toThrow(message);
});
