/**
 * Copies rows that a table of the stack has lost back from a table that was restored from its backup: see "Restoring a table" in
 * docs/operations.md. A row that the table still has is left alone, because it may have changed since the backup. So this can
 * safely run again.
 *
 *     npx node bin/copy-rows.ts <restored table> <table> <beginning of a key>…
 */
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DescribeTableCommand,
  DynamoDBClient,
  PutItemCommand,
  paginateScan,
} from '@aws-sdk/client-dynamodb';

const USAGE = `usage: npx node bin/copy-rows.ts <restored table> <table> <beginning of a key>…
Copies the rows whose key begins so, and which <table> does not have: docs/operations.md, "Restoring a table".`;

const [from, to, ...beginnings] = process.argv.slice(2);
if (from === '--help') {
  console.log(USAGE);
  process.exit();
}
if (from === undefined || to === undefined || beginnings.length === 0) {
  console.error(USAGE);
  process.exit(2);
}

// The AWS CLI reads its region from AWS_DEFAULT_REGION too; the SDK only knows AWS_REGION.
const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
const dynamodb = new DynamoDBClient({ maxAttempts: 10, ...(region !== undefined && { region }) });
const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: to }));
const keys = (Table?.KeySchema ?? []).flatMap(({ AttributeName }) => AttributeName ?? []);
const counts = { copied: 0, present: 0, expired: 0 };
const said = () => `${counts.copied} copied, ${counts.present} there already, ${counts.expired} expired`;

async function copy(row: Record<string, AttributeValue>): Promise<void> {
  const isWanted = keys.some((key) => beginnings.some((beginning) => row[key]?.S?.startsWith(beginning)));
  if (!isWanted) return;
  // A restored table has no time to live, so rows that have expired since the backup are still there, and new to fan-out.
  const isExpired = Number(row.expires_at?.N ?? Number.POSITIVE_INFINITY) * 1000 <= Date.now();
  counts[isExpired ? 'expired' : (await isPut(row)) ? 'copied' : 'present']++;
}

async function isPut(row: Record<string, AttributeValue>): Promise<boolean> {
  const condition = {
    ConditionExpression: 'attribute_not_exists(#key)',
    ExpressionAttributeNames: { '#key': keys[0] ?? '' },
  };
  try {
    await dynamodb.send(new PutItemCommand({ TableName: to, Item: row, ...condition }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

for await (const { Items = [] } of paginateScan({ client: dynamodb, pageSize: 500 }, { TableName: from })) {
  await Promise.all(Items.map(copy));
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${said()} …`);
}
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
console.log(said());
