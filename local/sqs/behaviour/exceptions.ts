/**
 * Rules that other implementations are known to break. For each implementation there are reasons, each with the names of its
 * rules. The embedded service has none. Select a list with `HAWSER_BEHAVIOUR_SQS_NAME` in addition to
 * `HAWSER_BEHAVIOUR_SQS_ENDPOINT`.
 */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  'elasticmq-1.6.12': {
    'it has FIFO queues and message move tasks, and other parameters of its own': [
      'FIFO queues are not implemented',
      'message move tasks answer 501',
      'a parameter that is not honoured answers 501',
    ],
    'it refuses MessageGroupId on a standard queue, so it has no fair queues': [
      'a group with a backlog and many messages in flight does not delay the others',
      'a noisy group gets what the others leave',
      'every message is received once',
      'answers the system attributes that are asked for',
      'a message goes to the dead-letter queue with the receive after the last one allowed',
      'refuses an invalid group id',
    ],
    'it knows the limits of before August 2025: 256 KiB for a message and for a batch': [
      'may be 1 MiB long, attributes included, and not a byte more',
      'may be 1 MiB in all',
    ],
    'it has no MaximumMessageSize, redrive allow policy or unsetting of the redrive policy, and checks no ranges': [
      'a queue has the documented defaults',
      'can be changed and read by name',
      "may be as long as the queue's own limit",
      'must be within their limits',
      'FifoQueue is unknown to a standard queue',
      'an empty redrive policy removes it',
      'a redrive allow policy is obeyed',
      'a receive may set its own timeout',
      'fails only the entries that are wrong',
      'has distinct, simple ids',
      'are refused with a reserved name',
      'are refused with a name with a space',
    ],
    'it answers another error than the one recorded from AWS': [
      'the same name with another attribute is refused',
      'a name is letters, digits, hyphens and underscores',
      'must be known',
      'a dead-letter queue must exist',
      'maxReceiveCount is between 1 and 1000',
      'answers one message unless more are asked for, and ten at most',
      'a change for a deleted message is refused',
      'lasts 20 seconds at most',
      'has a body',
      'holds no characters outside of XML 1.0',
      'has no deduplication id on a standard queue',
      'are at most ten',
      'are refused with an empty value',
      'are refused with an unknown type',
      'are refused with no number',
      'are refused with a string value for a binary type',
      'sends up to ten messages',
    ],
    'it ignores MaxResults of ListQueues': ['in pages, by the beginning of their names'],
    'it knows no prefixes in MessageAttributeNames': ['come back only when they are asked for, by name or beginning'],
    'it answers an empty list where AWS leaves the member out': ['an empty queue answers no messages'],
    'it prolongs a timeout that has run out': ['a change after the timeout ran out is accepted without effect'],
    'it refuses a handle that was superseded, where AWS documents success without effect': [
      'works after the timeout ran out, unless the message was received again',
    ],
  },
};

/** The names of the rules to skip. */
export function exceptionsOf(implementation: string | undefined): ReadonlySet<string> {
  return new Set(Object.values(EXCEPTIONS[implementation ?? ''] ?? {}).flat());
}
