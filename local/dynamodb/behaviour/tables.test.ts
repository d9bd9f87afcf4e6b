import { DescribeTableCommand, DescribeTimeToLiveCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect } from 'vitest';
import { dynamoSuite, INDEXED, PAIR, refusal, rule } from './suite.ts';

const { client, makeTable } = dynamoSuite();

describe('a table', () => {
  rule('a table is described with its key, indexes and stream', async () => {
    const TableName = await makeTable({ ...INDEXED, StreamSpecification: { StreamViewType: 'NEW_IMAGE' } });
    const { Table } = await client().send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableName,
      TableStatus: 'ACTIVE',
      KeySchema: INDEXED.KeySchema,
      ItemCount: 0,
      TableSizeBytes: 0,
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
    });
    expect(Table?.TableArn).toMatch(new RegExp(`^arn:aws:dynamodb:[^:]+:\\d{12}:table/${TableName}$`));
    expect(Table?.LatestStreamArn).toBe(`${Table?.TableArn}/stream/${Table?.LatestStreamLabel}`);
    expect(Table?.CreationDateTime).toBeInstanceOf(Date);
    expect(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName).sort()).toEqual(['narrow', 'wide']);
    expect(Table?.GlobalSecondaryIndexes?.[0]).toMatchObject({ IndexStatus: 'ACTIVE' });
  });

  rule('describing a table that does not exist fails with ResourceNotFoundException', async () => {
    expect(await refusal(client().send(new DescribeTableCommand({ TableName: 'hawser-none' })))).toBe(
      'ResourceNotFoundException: Requested resource not found: Table: hawser-none not found',
    );
  });

  rule('a table has no time to live unless it was enabled', async () => {
    const TableName = await makeTable(PAIR);
    const { TimeToLiveDescription } = await client().send(new DescribeTimeToLiveCommand({ TableName }));
    expect(TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'DISABLED' });
  });

  rule('tables are listed page by page', async () => {
    const made = [await makeTable(PAIR), await makeTable(PAIR), await makeTable(PAIR)].sort();
    const listed: string[] = [];
    let ExclusiveStartTableName: string | undefined;
    do {
      const page = await client().send(new ListTablesCommand({ Limit: 2, ExclusiveStartTableName }));
      listed.push(...(page.TableNames ?? []));
      ExclusiveStartTableName = page.LastEvaluatedTableName;
    } while (ExclusiveStartTableName);
    expect(listed.filter((name) => made.includes(name))).toEqual(made);
    expect(new Set(listed).size).toBe(listed.length);
  });
});
