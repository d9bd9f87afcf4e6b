/**
 * Copies rows that a table of the stack has lost from a table restored from its backup: see "Restoring a table" in
 * docs/operations.md. A row that the table still has is left alone, because it may have changed since the backup. So it is safe to
 * run this again.
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
Copies the rows that <table> does not have and whose key begins with one of these: docs/operations.md, "Restoring a table".`;

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
const summary = () => `${counts.copied} copied, ${counts.present} there already, ${counts.expired} expired`;

async function copy(row: Record<string, AttributeValue>): Promise<void> {
  const isWanted = keys.some((key) => beginnings.some((beginning) => row[key]?.S?.startsWith(beginning)));
  if (!isWanted) return;
  // A restored table has no time to live, so it still has rows that expired since the backup. Copied, they would be fanned out again.
  const isExpired = Number(row.expires_at?.N ?? Number.POSITIVE_INFINITY) * 1000 <= Date.now();
  counts[isExpired ? 'expired' : (await putIfAbsent(row)) ? 'copied' : 'present']++;
}

async function putIfAbsent(row: Record<string, AttributeValue>): Promise<boolean> {
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
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${summary()} …`);
}
if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
console.log(summary());
