import { attemptOf, eventOf, type KindName, kindNames, kindOf } from './destinations.ts';
import type { Lived } from './life.ts';

/** A message is received five times at most, and given up at the fifth. */
const MOST_OF_ONE_ATTEMPT = 4;

/** Violations of a rule, in words. */
type Broken = string[];

/** Each accepted event with its delivery to each destination that should get it. */
function* expected({ accepted, deliveries, received }: Lived) {
  for (const event of accepted) {
    for (const name of kindNames) {
      if (kindOf(name).source !== event.source) continue;
      const delivery = deliveries[name].get(event.id);
      const requests = received[name].filter((webhook) => eventOf(webhook) === event.id);
      const said = `${name} ${event.id}, ${delivery?.id} ${delivery?.status}, sent ${requests.map(attemptOf)}`;
      yield { event, name, delivery, requests, said };
    }
  }
}

export function lost(lived: Lived): Broken {
  const unstored = lived.accepted
    .filter(({ id }) => !lived.storedEvents.has(id))
    .map(({ id }) => `${id} is not stored`);
  const undelivered = [...expected(lived)].filter(({ event, delivery, requests }) => {
    switch (delivery?.status) {
      case 'succeeded':
        return !requests.some((webhook) => lived.taken.has(webhook) && webhook.body.toString() === event.body);
      case 'cancelled':
        return !lived.endedByHand.has(delivery.id);
      default:
        return delivery === undefined;
    }
  });
  return [...unstored, ...undelivered.map(({ said }) => said)];
}

export function underWay(lived: Lived): Broken {
  const all = kindNames.flatMap((name) => [...lived.deliveries[name].values()].map((one) => ({ name, ...one })));
  const waiting = all.filter(({ status }) => !['succeeded', 'dead', 'cancelled'].includes(status));
  return waiting.map(({ name, id, status, attempt_count }) => `${name} ${id} is ${status} after ${attempt_count}`);
}

/**
 * Checks the first webhook taken of each event against the order of acceptance. Copies of an unanswered webhook have no order.
 */
export function outOfOrder(lived: Lived): Broken {
  const groupOf: Partial<Record<KindName, (key: string) => string>> = {
    fifo: () => '',
    'fifo breaker': () => '',
    keyed: (key) => key,
  };
  return Object.entries(groupOf).flatMap(([name, group]) => {
    const last = new Map<string, number>();
    const seen = new Set<string>();
    const broken: Broken = [];
    const kind = name as KindName;
    for (const webhook of lived.received[kind]) {
      const event = lived.accepted.find(({ id }) => id === eventOf(webhook));
      if (!event || !lived.taken.has(webhook) || seen.has(event.id)) continue;
      seen.add(event.id);
      const before = last.get(group(event.key)) ?? -1;
      if (before > event.n) broken.push(`${name}: event ${event.n} (${event.id}) came after ${before}`);
      else last.set(group(event.key), event.n);
    }
    return broken;
  });
}

export function unlistedDead({ deliveries, listedAsDead, deadLetters }: Lived): Broken {
  return kindNames.flatMap((name) =>
    [...deliveries[name].values()].flatMap(({ id, status }) => {
      const isDead = status === 'dead';
      if (isDead !== listedAsDead.has(id)) return [`${name} ${id} is ${status}, and listed: ${listedAsDead.has(id)}`];
      return isDead && !deadLetters.has(id) ? [`${name} ${id} is dead, and has no message`] : [];
    }),
  );
}

export function sentTooOften(lived: Lived): Broken {
  return [...expected(lived)].flatMap(({ name, requests, said }) => {
    const ofAttempts = [...Map.groupBy(requests, attemptOf).values()].map(({ length }) => length);
    const isOften = requests.length > kindOf(name).mostRequests || Math.max(0, ...ofAttempts) > MOST_OF_ONE_ATTEMPT;
    return isOften ? [said] : [];
  });
}
