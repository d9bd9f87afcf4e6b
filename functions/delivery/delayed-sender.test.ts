import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, it } from 'vitest';
import { firstJob } from '../../core/deliveries/delivery.ts';
import { newId } from '../../core/ids.ts';
import { startHttpServer } from '../../test/support/http-server.ts';
import { DeliveryQueue } from '../stores/delivery-queue.ts';
import { DelayedSender } from './delayed-sender.ts';

it.each(['aws', 'aws-us-gov', 'aws-cn'])('a schedule calls SQS in the partition of its role: %s', async (partition) => {
  const schedules: { Target: { Arn: string } }[] = [];
  await using scheduler = await startHttpServer(async (request, response) => {
    schedules.push(JSON.parse((await request.toArray()).join('')));
    response.setHeader('content-type', 'application/json').end('{"ScheduleArn":"arn"}');
  });
  const client = {
    region: 'us-east-1',
    endpoint: scheduler.url,
    credentials: { accessKeyId: 'a', secretAccessKey: 's' },
  };
  const delayedSender = new DelayedSender({
    queue: new DeliveryQueue(new SQSClient(client), 'https://sqs.example/queue'),
    scheduler: new SchedulerClient(client),
    scheduleGroup: 'retries',
    scheduleRoleArn: `arn:${partition}:iam::111122223333:role/scheduler`,
    scheduleDeadLetterArn: `arn:${partition}:sqs:us-east-1:111122223333:dead`,
    now: Date.now,
  });
  const event = { id: newId('evt'), organizationId: newId('org'), sourceId: newId('src') };
  const job = firstJob(event, { id: newId('con'), destinationId: newId('dst') });
  await delayedSender.sendAfter({ job }, 3_600);
  expect(schedules).toMatchObject([{ Target: { Arn: `arn:${partition}:scheduler:::aws-sdk:sqs:sendMessage` } }]);
});
